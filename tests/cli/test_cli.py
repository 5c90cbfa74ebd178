"""The command as a whole: help, versions, errors, exit codes, and what it loads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

import cutaway as package
from cutaway.cli import COMMANDS, cli
from cutaway.errors import CutawayWarning

SOURCE = Path(package.__file__).parents[1]
Command = Callable[..., Any]
HEAVY = ("numpy", "scipy", "sklearn", "matplotlib", "rich", "safetensors", "pandas", "torch")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    return subprocess.run(
        [sys.executable, "-m", "cutaway", *words], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["train", "--help"], ["predict", "--help"], ["doctor", "--help"]]
)
def test_saying_something_loads_nothing_heavy(words: list[str]) -> None:
    code = f"import sys; from cutaway.cli import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "cutaway" in loaded
    assert not loaded & set(HEAVY)
    assert done.stdout


def test_the_version_is_printed() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"cutaway {package.__version__}\n", "")


@pytest.mark.parametrize(
    "words", ["--help", "-h", "train -h", "predict --help", "data --help", "data list --help", "doctor -h"]
)
def test_help(cutaway: Command, words: str) -> None:
    answer = cutaway(words)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("Usage: cutaway")


def test_help_names_every_command(cutaway: Command) -> None:
    answer = cutaway("--help")
    for name in COMMANDS:
        assert f"\n  {name} " in answer.out
    assert "..." not in answer.out.split("Commands:")[1]


@pytest.mark.parametrize("words", ["", "data"])
def test_without_a_command_there_is_help_and_the_code_of_wrong_usage(cutaway: Command, words: str) -> None:
    answer = cutaway(words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("Usage: cutaway")


def test_every_option_has_help_and_stands_in_a_section() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help
                assert getattr(parameter, "section", "") in (
                    "Data",
                    "Program",
                    "Network",
                    "Training",
                    "Output",
                    "Other",
                )


MISTAKES = [
    ("tran moons", 2, "Did you mean 'train'"),
    ("train", 2, "Missing argument 'DATA'"),
    ("train moons --epoch 3", 2, "No such option"),
    ("train nosuch", 2, "is not known; received 'nosuch'"),
    ("train mons", 2, "Did you mean 'moons'"),
    ("train nosuch.csv --target y", 3, "no such file"),
    ("train moons --target y", 2, "target is for a table"),
    ("train moons --layers 16,x", 2, "'16,x' is not a list"),
    ("train moons --layers -3", 2, "is not a list"),
    ("train moons --layers 0", 2, "is not a list"),
    ("train moons --activation rellu", 2, "Did you mean 'relu'"),
    ("train moons --optimizer adm", 2, "Did you mean 'adam'"),
    ("train moons --schedule x", 2, "constant, cosine, onecycle"),
    ("train moons --loss mse", 2, "loss is not known"),
    ("train iris --loss huber", 2, "does not suit the target 'species'"),
    ("train moons --dtype float16", 2, "'float16' is not one of"),
    ("train moons --epochs 0", 2, "'--epochs'"),
    ("train moons --epochs many", 2, "'many' is not a valid integer"),
    ("train moons --batch-size -1", 2, "'--batch-size'"),
    ("train moons --seeds 0", 2, "'--seeds'"),
    ("train moons --seed -1", 2, "'--seed'"),
    ("train moons --patience 0", 2, "'--patience'"),
    ("train moons --lr 0", 2, "'--lr'"),
    ("train moons --dropout 1", 2, "'--dropout'"),
    ("train moons --weight-decay -1", 2, "'--weight-decay'"),
    ("train moons --test-size 1.5", 2, "'--test-size'"),
    ("train moons --validation 1", 2, "'--validation'"),
    ("train moons --test-size 0.6 --validation 0.5", 2, "leave nothing to train on"),
    ("train moons --n-samples 4", 2, "too few rows of class"),
    ("train moons --noise -1", 2, "'--noise'"),
    ("train digits --noise 1", 2, "noise is for generated data"),
    ("train moons --lr 1e20 --optimizer sgd --epochs 2", 2, "No network could be trained"),
    ("predict", 2, "Missing argument 'RUN'"),
    ("predict nosuch moons", 3, "no such run"),
    ("data nosuch", 2, "No such command"),
]


@pytest.mark.parametrize(("words", "code", "message"), MISTAKES, ids=[words for words, _, _ in MISTAKES])
def test_a_mistake_is_one_or_two_sentences(
    cutaway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = cutaway(words)
    assert answer.code == code
    last = answer.err.splitlines()[-1]
    assert last.startswith("Error: ")
    assert message in last
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []


def test_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    missing = run("predict", str(tmp_path / "nosuch"), "moons")
    assert (missing.returncode, missing.stdout) == (3, "")
    assert missing.stderr.startswith("Error: There is no such run")
    assert run("train", "nosuch").returncode == 2


def test_debug_shows_the_traceback() -> None:
    done = run("predict", "nosuch", "moons", "--debug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "DataMissingError" in done.stderr


def test_a_bug_is_called_one(cutaway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*arguments: object, **more: object) -> None:
        raise TypeError("a bug")

    monkeypatch.setattr("cutaway.data.load", wrong)
    answer = cutaway("train moons")
    assert answer.code == 1
    assert answer.err == "Internal error: TypeError: a bug. Run the command again with --debug to see where.\n"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [(KeyboardInterrupt(), 130, "Interrupted; nothing was written."), (MemoryError(), 2, "not enough memory")],
)
def test_what_can_happen_anywhere(
    cutaway: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, words: str
) -> None:
    def wrong(*arguments: object, **more: object) -> None:
        raise error

    monkeypatch.setattr("cutaway.data.load", wrong)
    answer = cutaway("train moons")
    assert answer.code == code
    assert words in answer.err


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    words = [sys.executable, "-m", "cutaway", "data", "list", "--json"]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_warnings_of_cutaway_are_shown_and_others_are_not(cutaway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(*arguments: object, **more: object) -> None:
        warnings.simplefilter("always")
        warnings.warn("for developers", RuntimeWarning, stacklevel=2)
        warnings.warn("for users", CutawayWarning, stacklevel=2)
        raise KeyboardInterrupt

    monkeypatch.setattr("cutaway.data.load", warn)
    assert cutaway("train moons").err == "Warning: for users\n\nInterrupted; nothing was written.\n"


def test_the_data_sets_are_listed(cutaway: Command) -> None:
    from cutaway.data import catalogue

    answer = cutaway("data list")
    assert answer.code == 0
    for name, description in catalogue().items():
        assert f"\n{name} " in answer.out
        assert description.split()[0] in answer.out
    assert not [line for line in answer.out.splitlines() if line != line.rstrip()]
    found = json.loads(cutaway("data list --json").out)
    assert [about["name"] for about in found] == list(catalogue())
    digits = next(about for about in found if about["name"] == "digits")
    assert (digits["rows"], digits["features"], len(digits["classes"]), digits["kind"]) == (1797, 64, 10, "real")


def test_the_doctor_says_what_there_is(cutaway: Command) -> None:
    answer = cutaway("doctor")
    assert answer.code == 0
    for words in ("numpy", "scikit-learn", "python", "blas", "data folder", "training", "ok: "):
        assert words in answer.out
    assert json.loads(cutaway("doctor --json").out)["ok"] is True


def test_the_doctor_says_what_is_wrong(cutaway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "cutaway.experiments.health._version", lambda name: None if name in ("scipy", "onnx") else "1.0"
    )
    answer = cutaway("doctor")
    assert answer.code == 1
    assert "NEEDED: pip install scipy  (scipy)" in answer.out
    assert 'optional: pip install "cutaway[onnx]"  (onnx)' in answer.out
    assert "Something is wrong" in answer.out
    assert cutaway("doctor --json").code == 1
