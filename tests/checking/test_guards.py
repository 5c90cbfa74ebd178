"""A part of a check that fails costs itself alone: the report says so, and holds what is known without it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.checking import api, guards, truth
from cutaway.checking.findings import diagnosis, gradients
from cutaway.checking.lints.update.twice import twice
from cutaway.checking.records import Case, Report

X, Y = np.array([[0.0, 1.0], [2.0, 3.0], [1.0, -1.0]]), np.array([[1.0], [0.0], [1.0]])


def outputs(p: dict[str, Any]) -> Any:
    return np.tanh(X @ p["W"] + p["b"])


def loss(p: dict[str, Any]) -> Any:
    return np.mean((outputs(p) - Y) ** 2)


def backward(p: dict[str, Any]) -> dict[str, Any]:
    d = 2 * (outputs(p) - Y) / len(X)
    return {"W": X.T @ d, "b": d.sum(0)}


def checked() -> Report:
    start = {"W": np.array([[0.1], [0.2]]), "b": np.zeros(1)}
    return api.examine(Case(start, loss, backward, file=__file__, source=Path(__file__).read_text()))


def failing(*args: Any, **kwargs: Any) -> Any:
    raise ValueError("a sum of nothing")


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(guards.OPEN)


PARTS = [
    (diagnosis, "catalogue", "the search for the mistake"),
    (gradients, "explained", "the mistake's line"),
    (api, "compare", "the comparison"),
    (api, "repaired", "the loss"),
    (truth, "Backprop", "the exact gradient"),
]


@pytest.mark.parametrize(("module", "name", "part"), PARTS, ids=[part for _, _, part in PARTS])
def test_what_is_wrong_is_said_all_the_same(
    module: Any, name: str, part: str, guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, failing)
    report = checked()
    assert report.verdict == "faulty"
    assert any(f.kind == "gradient" and f.parameters == ("W", "b") for f in report.defects)
    assert any(part in said and "a sum of nothing" in said for said in report.reasons), report.reasons


def test_where_nothing_is_explained_the_lines_of_the_gradients_are_named(
    guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradients, "explained", failing)
    monkeypatch.setattr(gradients, "unexplained", failing)
    returned = next(i for i, line in enumerate(Path(__file__).read_text().split("\n"), 1) if "X.T @ d" in line)
    assert {(f.code, f.line) for f in checked().defects} == {("wrong-gradient", returned)}


def test_a_lint_that_fails_keeps_what_it_had_found_and_the_others_go_on(
    guarded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = checked()
    note = replace(whole.findings[0], code="found-before", certain=False)
    names: dict[str, Any] = {"note": note}
    exec(compile("def odd(case):\n    yield note\n    [].pop()", "<not the author's>", "exec"), names)
    monkeypatch.setattr(api, "LINTS", (names["odd"], *api.LINTS))
    report = checked()
    assert {f.code for f in report.findings} == {f.code for f in whole.findings} | {"found-before"}
    assert any("(odd)" in said and "IndexError" in said for said in report.reasons)


def test_nothing_is_said_where_the_author_s_own_code_stops(guarded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = checked()
    monkeypatch.setattr(api, "LINTS", (failing, *api.LINTS))
    assert checked().reasons == whole.reasons


def test_tests_see_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis, "catalogue", failing)
    with pytest.raises(ValueError, match="a sum of nothing"):
        checked()


def test_when_time_is_up_the_report_is_made_of_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def endless(case: Case) -> list[Any]:
        while True:
            time.sleep(0.01)

    def after(case: Case) -> list[Any]:
        asked.append("after")
        return []

    monkeypatch.setattr(api, "LINTS", (twice, endless, after))
    with guards.limited(3.0):
        report = checked()
    assert report.verdict == "faulty" and not asked
    assert any("the time was up" in said and "endless" in said for said in report.reasons)
