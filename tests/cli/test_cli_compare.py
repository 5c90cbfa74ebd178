"""``cutaway compare``: each option reaches the comparison, the results come out in each form, Ctrl-C loses nothing."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cutaway as package
from cutaway.experiments.grids.log import RESULTS, read

Command = Callable[..., Any]
FAST = ("--n-samples", "80", "--layers", "2", "--layers", "5,4", "--epochs", "4", "--seeds", "2")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(package.__file__).parents[1])}


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.experiments.grids.figures.figures", lambda found: iter(()))


@pytest.mark.usefixtures("no_pictures")
def test_the_terminal_says_what_was_compared_and_what_follows(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("compare", "moons", *FAST, "--out", tmp_path / "run")
    assert (answer.code, answer.err) == (0, "")
    for words in (
        "moons: two interleaved half circles",
        "2 configurations, 2 seeds each; all with gelu adam lr 0.003",
        "at most 4 epochs",
        "logistic regression",
        "decision tree",
        "The validation rows choose ",
        "4 networks in ",
        f"open {tmp_path / 'run' / 'report.html'} in a browser.",
    ):
        assert words in answer.out
    assert re.search(r"^5,4 +0\.\d{3} ± 0\.\d{3} +\d\.\d{4} +\d(?: \(\d–\d\))? +44 ", answer.out, flags=re.MULTILINE)
    assert max(map(len, answer.out.splitlines()[:-1])) <= 80
    assert not [line for line in answer.out.splitlines() if line != line.rstrip()]


def test_the_folder_holds_results_networks_pictures_and_a_report(cutaway: Command, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert cutaway("compare", "moons", *FAST, "--quiet", "--out", folder).out == f"{folder}\n"
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *(RESULTS, "comparison.json", "report.html", "networks"),
        *("scores.png", "curves.png", "boundaries.png"),
    }
    assert {path.name for path in (folder / "networks").iterdir()} == {
        "2_gelu_adam_lr_0.003_default.safetensors",
        "5-4_gelu_adam_lr_0.003_default.safetensors",
    }
    assert package.Network.load(folder / "networks" / "2_gelu_adam_lr_0.003_default.safetensors").n_params == 9
    page = (folder / "report.html").read_text(encoding="utf-8")
    for words in (
        "2 configurations",
        "on 16 held-out rows, chosen by the validation rows",
        "A difference between two configurations is taken seed by seed",
        "<td>",
        f"cutaway compare moons {' '.join(FAST)} --quiet",
    ):
        assert words in page
    shown = html.unescape(re.findall(r'<pre class="python">(.*?)</pre>', page, flags=re.DOTALL)[0])
    printed = subprocess.run(
        [sys.executable, "-c", shown], env=environment(), capture_output=True, text=True, check=True
    )
    assert re.match(r"\[[01]\]\n4 networks; \{'accuracy': ", printed.stdout)
    assert page.count("data:image/png;base64,") == 3
    assert not re.search(r'(src|href)="(?!data:)', page), "it stands alone"
    head, records, _ = read(folder / RESULTS)
    assert len(records) == 4 and head["command"].startswith("cutaway compare moons")


@pytest.mark.usefixtures("no_pictures")
def test_json_is_one_document_and_nothing_else(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("compare", "iris", "--layers", "3,none", "--layers", "none", "--json", "--out", tmp_path / "x")
    assert answer.code == 2 and "list of whole numbers" in answer.err
    words = ("--layers", "3", "--layers", "none", "--lr", "0.01,0.1", "--epochs", "3", "--seeds", "2")
    answer = cutaway("compare", "iris", *words, "--json", "--out", tmp_path / "run")
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)
    assert found["run"] == str(tmp_path / "run")
    assert found["networks"] == 8 and len(found["configurations"]) == 4
    assert {tuple(c["layers"]) for c in found["configurations"]} == {(3,), ()}
    first, *others = found["configurations"]
    assert first["label"] and set(first["test"]["accuracy"]) == {"mean", "std", "values"}
    assert {"difference", "margin", "verdict", "sentence"} <= set(first["against_line"])
    assert all({"mean", "spread", "margin", "claimed"} <= set(other["behind_lead"]) for other in others)
    assert set(found["baselines"]) == {"logistic_regression", "decision_tree", "most_frequent_class"}
    assert json.loads((tmp_path / "run" / "comparison.json").read_text()) == {
        k: v for k, v in found.items() if k != "run"
    }


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("--layers 4 --layers 8,8 --layers none", "layers", [(4,), (8, 8), ()]),
        ("--activation tanh,relu", "activation", ["tanh", "relu"]),
        ("--activation tanh --activation relu", "activation", ["tanh", "relu"]),
        ("--optimizer adam,sgd", "optimizer", ["adam", "sgd"]),
        ("--lr 0.01,0.1,1.0", "lr", [0.01, 0.1, 1.0]),
        ("--init he,0.01", "init", ["he", "0.01"]),
        ("--seeds 7", "seeds", 7),
        ("--seed 3", "seed", 3),
        ("--epochs 9", "epochs", 9),
        ("--patience 4", "patience", 4),
        ("--batch-size 0", "batch_size", 0),
        ("--dropout 0.25", "dropout", 0.25),
        ("--schedule cosine", "schedule", "cosine"),
        ("--weight-decay 0.01", "weight_decay", 0.01),
        ("--loss binary_cross_entropy", "loss", "binary_cross_entropy"),
        ("--dtype float64", "dtype", "float64"),
        ("--test-size 0.3", "test", 0.3),
        ("--validation 0", "validation", 0.0),
        ("--jobs 2", "jobs", 2),
    ],
)
def test_an_option_reaches_the_comparison(
    cutaway: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str, name: str, value: object
) -> None:
    seen: list[dict[str, Any]] = []

    def compare(data: Any, **given: Any) -> None:
        seen.append(given)
        raise KeyboardInterrupt

    monkeypatch.setattr("cutaway.experiments.grids.run.compare", compare)
    assert cutaway(f"compare moons {words} --out {tmp_path / 'none'}").code == 130
    assert seen[0][name] == value


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("compare nothing-here.csv", 3, "nothing-here.csv"),
        ("compare moons --layers x", 2, "whole numbers"),
        ("compare moons --lr 0.1,fast", 2, "fast"),
        ("compare moons --lr 0", 2, "0"),
        ("compare moons --activation tangh", 2, "Did you mean 'tanh'"),
        ("compare moons --optimizer adem", 2, "Did you mean"),
        ("compare moons --init hee", 2, "initializer"),
        ("compare moons --jobs 0", 2, "--jobs must be 1 or more"),
        ("compare moons --resume", 2, "--out DIR"),
        ("compare moons --seeds 0", 2, "seeds"),
    ],
)
def test_mistakes(cutaway: Command, words: str, code: int, said: str) -> None:
    answer = cutaway(words)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err and "Traceback" not in answer.err


@pytest.mark.usefixtures("no_pictures")
def test_results_are_gone_on_with_and_never_written_over(cutaway: Command, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert cutaway("compare", "moons", *FAST, "--quiet", "--out", folder, "--resume").code == 0, "there was nothing yet"
    answer = cutaway("compare", "moons", *FAST, "--quiet", "--out", folder)
    assert answer.code == 2 and "holds a comparison already" in answer.err
    answer = cutaway("compare", "moons", *FAST, "--epochs", "5", "--out", folder, "--resume", "--quiet")
    assert answer.code == 2 and "epochs: 4 there, 5 here" in answer.err
    file = folder / RESULTS
    whole = file.read_text()
    file.write_text("".join(whole.splitlines(keepends=True)[:3]) + '{"torn')
    answer = cutaway("compare", "moons", *FAST, "--out", folder, "--resume")
    assert answer.code == 0 and "4 networks; 2 were there, the others in " in answer.out
    assert len(read(file)[1]) == 4


def test_ctrl_c_while_the_report_is_drawn_loses_no_result(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(found: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cutaway.experiments.grids.figures.figures", interrupted)
    answer = cutaway("compare", "moons", *FAST, "--out", tmp_path / "run")
    assert answer.code == 130
    assert "no report was written. To go on: cutaway compare moons" in answer.err
    assert len(read(tmp_path / "run" / RESULTS)[1]) == 4


@pytest.mark.usefixtures("no_pictures")
def test_gates_and_tables(cutaway: Command, tmp_path: Path) -> None:
    fast = ("--layers", "4", "--epochs", "3", "--seeds", "2", "--json", "--out")
    assert json.loads(cutaway("compare", "xor", *fast, tmp_path / "1").out)["data"]["n_samples"] == 200
    table = tmp_path / "shop.csv"
    lines = [f"{i},{i % 2 + i % 5 * 0.01},{i % 2}" for i in range(60)]
    table.write_text("\n".join(["id,size,bought", *lines]) + "\n")
    words = ("--target", "bought", "--ignore", "id")
    assert json.loads(cutaway("compare", table, *words, *fast, tmp_path / "2").out)["data"]["feature_names"] == ["size"]


def test_ctrl_c_in_a_terminal_keeps_what_there_is_and_says_how_to_go_on(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a pseudo-terminal needs POSIX")
    folder = tmp_path / "run"
    words = ["compare", "moons", "--layers", "2", "--layers", "3", "--layers", "40,40", "--seeds", "2"]
    words += ["--epochs", "300", "--patience", "300", "--out", str(folder)]
    screen, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway", *words],
        env=environment() | {"TERM": "xterm", "COLUMNS": "120"},
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        start_new_session=True,
    )
    os.close(end)
    seen, limit, sent = "", time.monotonic() + 60, False
    while time.monotonic() < limit:
        try:
            part = os.read(screen, 4096).decode(errors="replace")
        except OSError:  # how Linux says that the other end is closed
            break
        if not part:
            break
        seen += part
        if not sent and re.search(r"[24] of 6, best so far \d", seen):
            sent = True
            process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(screen)
    assert process.returncode == 130
    assert re.search(r"Interrupted: [24] of 6 networks had been trained", out)
    assert "To go on: cutaway compare moons" in seen and "--resume" in seen
    assert " s left" in seen
    assert len(read(folder / RESULTS)[1]) in (2, 4)
    assert (folder / "report.html").is_file()
