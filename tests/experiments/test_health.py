"""The doctor's view of a machine, healthy and ill."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cutaway.experiments import health

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def named(requirements: list[str]) -> set[str]:
    return {text.split(">")[0].split("[")[0] for text in requirements}


def test_this_machine_is_healthy() -> None:
    found = health.examine()
    assert found.ok
    assert [check.name for check in found.checks] == ["gradients", "training", "machine code", "pictures"]


def test_the_packages_are_those_of_the_project() -> None:
    assert set(health.NEEDED) == named(PROJECT["dependencies"])
    extras = {k: named(v) for k, v in PROJECT["optional-dependencies"].items() if k not in ("test", "dev") and v}
    found: dict[str, set[str]] = {}
    for name, (extra, _) in health.OPTIONAL.items():
        found.setdefault(extra, set()).add(name)
    assert found == extras


def test_a_missing_optional_package_comes_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_version", lambda name: None if name == "torch" else "1.0")
    found = health.examine()
    torch = next(p for p in found.packages if p.name == "torch")
    assert (torch.version, torch.needed, torch.advice) == (None, False, 'pip install "cutaway[torch]"')
    assert found.ok


def test_a_missing_package_that_is_needed_is_no_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_version", lambda name: None if name == "scipy" else "1.0")
    assert not health.examine().ok


def test_a_check_that_fails_says_why_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.nn.network.Network.predict", lambda self, X: X[:, 0])
    found = health.examine()
    assert not found.ok
    assert [check.ok for check in found.checks] == [True, False, True, True]
    assert found.checks[1].detail == "ArithmeticError: the network did not learn XOR"
    assert found.to_json()["ok"] is False


@pytest.mark.parametrize(("value", "words"), [("", "is not set"), (".", "(CUTAWAY_DATA)"), ("/nowhere", "not there")])
def test_the_data_folder_is_named(monkeypatch: pytest.MonkeyPatch, value: str, words: str) -> None:
    monkeypatch.setenv("CUTAWAY_DATA", value)
    assert words in health.examine().system["data folder"]
