"""``cutaway train``: each option reaches the run, and the results come out in each form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cutaway import experiments

Command = Callable[..., Any]
FAST = ("--epochs", "3", "--seeds", "2")


def table(path: Path) -> Path:
    lines = [f"{i},{'red' if i % 2 else 'blue'},{i % 2 + i % 5 * 0.01},{i % 2}" for i in range(60)]
    path.write_text("\n".join(["id,colour,size,bought", *lines]) + "\n")
    return path


@pytest.mark.usefixtures("no_pictures")
def test_the_terminal_says_what_was_trained_how_well_and_where(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("train", "moons", *FAST, "--out", tmp_path / "run")
    assert (answer.code, answer.err) == (0, "")
    for words in (
        "moons: two interleaved half circles",
        "500 rows, 2 features, 2 classes; 350 to train, 50 to validate, 100",
        "2 inputs, 16 gelu, 32 gelu, 1 sigmoid; Adam, learning rate 0.003",
        "2 networks with the seeds 0 to 1, all on the same rows",
        "on 100 held-out rows",
        "network, 2 seeds",
        "logistic regression",
        "decision tree",
        "most frequent class",
        "logistic regression: accuracy 0.",
        f"Written to {tmp_path / 'run'}; open {tmp_path / 'run' / 'report.html'} in a browser.",
    ):
        assert words in answer.out
    assert re.search(r"network, 2 seeds +0\.\d{3} ± 0\.\d{3} ", answer.out)
    assert not [line for line in answer.out.splitlines() if line != line.rstrip()]


@pytest.mark.usefixtures("no_pictures")
def test_json_is_one_document_and_nothing_else(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("train", "moons", *FAST, "--json", "--out", tmp_path / "run")
    assert (answer.code, answer.err) == (0, "")
    found = json.loads(answer.out)
    assert {"data", "network", "baselines", "run"} <= set(found)
    assert found["data"]["name"] == "moons"
    accuracy = found["network"]["test"]["accuracy"]
    assert set(accuracy) == {"mean", "std", "values"}
    assert len(accuracy["values"]) == 2
    for name in ("logistic_regression", "decision_tree"):
        assert 0 <= found["baselines"][name]["test"]["accuracy"] <= 1
    assert Path(found["run"]) == tmp_path / "run"
    assert experiments.describe(found["run"])["results"] == {k: v for k, v in found.items() if k != "run"}


@pytest.mark.usefixtures("no_pictures")
def test_json_of_a_regression(cutaway: Command, tmp_path: Path) -> None:
    found = json.loads(cutaway("train", "diabetes", *FAST, "--json", "--out", tmp_path / "run").out)
    assert set(found["network"]["test"]) == {"r2", "mean_absolute_error", "root_mean_squared_error"}
    assert set(found["baselines"]) == {"linear_regression", "decision_tree", "mean_of_the_target"}


@pytest.mark.usefixtures("no_pictures")
def test_quiet_prints_the_folder(cutaway: Command, tmp_path: Path) -> None:
    answer = cutaway("train", "moons", *FAST, "--quiet", "--out", tmp_path / "run")
    assert (answer.code, answer.out, answer.err) == (0, f"{tmp_path / 'run'}\n", "")


@pytest.mark.usefixtures("no_pictures")
def test_the_default_folder_is_named_after_data_and_time(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = cutaway("train", "moons", *FAST, "--quiet").out.strip()
    assert re.fullmatch(r"runs/moons-\d{8}-\d{6}", Path(folder).as_posix())
    assert (tmp_path / folder / "report.html").is_file()


@pytest.mark.usefixtures("no_pictures")
def test_the_command_is_noted_as_it_was_typed(cutaway: Command, tmp_path: Path) -> None:
    folder = tmp_path / "my run"
    cutaway("train", "moons", *FAST, "--quiet", "--out", folder)
    assert (
        experiments.describe(folder)["command"] == f"cutaway train moons --epochs 3 --seeds 2 --quiet --out '{folder}'"
    )


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        ("--layers 4,3", "layers", [4, 3]),
        ("--layers none", "layers", []),
        ("--activation tanh", "activation", "tanh"),
        ("--dropout 0.25", "dropout", 0.25),
        ("--dtype float64", "dtype", "float64"),
        ("--loss binary_cross_entropy_from_logits", "loss", "binary_cross_entropy_from_logits"),
        ("--optimizer sgd", "optimizer", "sgd"),
        ("--lr 0.5", "lr", 0.5),
        ("--schedule cosine", "schedule", "cosine"),
        ("--weight-decay 0.01", "weight_decay", 0.01),
        ("--epochs 2", "epochs", 2),
        ("--patience 1", "patience", 1),
        ("--batch-size 0", "batch_size", 0),
        ("--seeds 2", "seeds", 2),
        ("--seed 7", "seed", 7),
        ("--test-size 0.3", "test", 0.3),
        ("--validation 0", "validation", 0.0),
    ],
)
def test_an_option_reaches_the_settings(
    cutaway: Command, monkeypatch: pytest.MonkeyPatch, words: str, name: str, value: object
) -> None:
    seen: list[experiments.Settings] = []

    def train(data: object, settings: experiments.Settings, **more: object) -> None:
        seen.append(settings)
        raise KeyboardInterrupt

    monkeypatch.setattr("cutaway.experiments.train", train)
    assert cutaway(f"train moons {words}").code == 130
    assert seen[0].to_json()[name] == value
    others = {**experiments.Settings().to_json(), name: None}
    assert {k: v for k, v in seen[0].to_json().items() if others[k] is not None} == {
        k: v for k, v in others.items() if v is not None
    }


@pytest.mark.usefixtures("no_pictures")
def test_options_of_generated_data(cutaway: Command, tmp_path: Path) -> None:
    words = ("--n-samples", "60", "--noise", "0.5", "--seed", "3", "--json", "--out", tmp_path / "run")
    found = json.loads(cutaway("train", "moons", *FAST, *words).out)
    assert found["data"]["source"].endswith("n_samples=60, noise=0.5, seed=3")
    assert [network["seed"] for network in found["network"]["seeds"]] == [3, 4]


@pytest.mark.usefixtures("no_pictures")
def test_gates_have_enough_points_to_hold_some_out(cutaway: Command, tmp_path: Path) -> None:
    found = json.loads(cutaway("train", "xor", *FAST, "--json", "--out", tmp_path / "run").out)
    assert found["data"]["n_samples"] == 200


@pytest.mark.usefixtures("no_pictures")
def test_options_of_tables(cutaway: Command, tmp_path: Path) -> None:
    words = ("--target", "bought", "--ignore", "id", "--ignore", "colour", "--json", "--out", tmp_path / "run")
    found = json.loads(cutaway("train", table(tmp_path / "shop.csv"), *FAST, *words).out)
    assert found["data"]["feature_names"] == ["size"]
    assert found["data"]["task"] == "binary"


@pytest.mark.usefixtures("no_pictures")
def test_the_task_of_a_table(cutaway: Command, tmp_path: Path) -> None:
    words = ("--target", "bought", "--task", "regression", "--json", "--out", tmp_path / "run")
    found = json.loads(cutaway("train", table(tmp_path / "shop.csv"), *FAST, *words).out)
    assert found["data"]["task"] == "regression"


def test_a_foreign_folder_is_refused_before_anything_is_trained(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    monkeypatch.setattr("cutaway.experiments.train", None)
    answer = cutaway("train", "moons", "--out", tmp_path)
    assert answer.code == 2
    assert "is left alone" in answer.err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.usefixtures("no_pictures")
def test_an_earlier_run_is_replaced(cutaway: Command, tmp_path: Path) -> None:
    for name in ("moons", "diabetes"):
        assert cutaway("train", name, *FAST, "--quiet", "--out", tmp_path / "run").code == 0
    assert experiments.describe(tmp_path / "run")["results"]["data"]["name"] == "diabetes"


@pytest.mark.usefixtures("no_pictures")
def test_an_interrupted_run_is_written_and_said(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    train = experiments.train

    def press(record: dict[str, Any]) -> None:
        if record["epoch"] == 2:
            signal.raise_signal(signal.SIGINT)

    def interrupted(data: Any, settings: Any, **more: Any) -> experiments.Run:
        return train(data, settings, listeners=lambda number: [press])

    monkeypatch.setattr("cutaway.experiments.train", interrupted)
    answer = cutaway("train", "moons", *FAST, "--out", tmp_path / "run")
    assert answer.code == 130
    assert "Interrupted: 0 of 2 networks had been trained, and one in training is measured as it was." in " ".join(
        answer.out.split()
    )
    assert experiments.describe(tmp_path / "run")["results"]["network"]["interrupted"] is True
    assert (tmp_path / "run" / "report.html").is_file()
    assert json.loads(cutaway("train", "moons", *FAST, "--json", "--out", tmp_path / "run").out)["network"][
        "interrupted"
    ]
