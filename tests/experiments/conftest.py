"""Small runs that several tests look at; each is trained once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cutaway import data, experiments


@pytest.fixture(scope="session")
def moons_run() -> experiments.Run:
    return experiments.train(data.load("moons", n_samples=200), experiments.Settings(seeds=2, epochs=40))


@pytest.fixture(scope="session")
def moons_folder(moons_run: experiments.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return experiments.write(moons_run, tmp_path_factory.mktemp("runs") / "moons", command="cutaway train moons")


@pytest.fixture(scope="session")
def diabetes_run() -> experiments.Run:
    return experiments.train(data.load("diabetes"), experiments.Settings(seeds=2, epochs=30))


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out of the runs of a test that is not about them: they take most of its time."""
    monkeypatch.setattr("cutaway.experiments.figures.figures", lambda run: iter(()))
