"""The command line, called within the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutaway.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def cutaway(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command, given as one text or as words, and return what it printed."""

    def call(*words: str | Path) -> Answer:
        arguments = str(words[0]).split() if len(words) == 1 else [str(word) for word in words]
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small run on moons."""
    folder = tmp_path_factory.mktemp("cli") / "moons"
    assert main(["train", "moons", "--n-samples", "100", "--epochs", "20", "--quiet", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out of the runs of a test that is not about them: they take most of its time."""
    monkeypatch.setattr("cutaway.experiments.figures.figures", lambda run: iter(()))
