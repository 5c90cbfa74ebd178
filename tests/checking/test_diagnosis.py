"""Programs of several styles with one wrong line: the line is named, and right programs are left alone."""

from __future__ import annotations

import importlib.util
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from cutaway.checking.api import examine
from cutaway.checking.records import Case, Report

PROGRAMS = list(runpy.run_path(str(Path(__file__).with_name("edited_programs.py")))["programs"]())
# One of the edits shows itself on another line too: without the division by the deviation, dx may be divided as well.
ELSEWHERE = {"bn-02": 24}


def run(name: str, source: str, folder: Path) -> Report:
    file = folder / f"{name.replace('-', '_')}.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location(f"edited_{file.stem}", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
        made = module.case()
        case = Case(
            made["params"],
            made["loss"],
            made["grads"],
            lr=made["lr"],
            steps=made["steps"],
            file=str(file),
            source=source,
        )
        return examine(case)
    finally:
        del sys.modules[spec.name]


@pytest.mark.parametrize(
    ("name", "source", "line"), [p for p in PROGRAMS if p[2]], ids=[p[0] for p in PROGRAMS if p[2]]
)
def test_the_wrong_line_is_named(name: str, source: str, line: int, tmp_path: Path) -> None:
    report = run(name, source, tmp_path)
    found = [(f.code, f.kind, f.line) for f in report.findings]
    assert report.verdict == "faulty"
    assert any(at in (line, ELSEWHERE.get(name)) and kind in ("gradient", "loss") for _, kind, at in found), found


@pytest.mark.parametrize(
    ("name", "source", "line"), [p for p in PROGRAMS if not p[2]], ids=[p[0] for p in PROGRAMS if not p[2]]
)
def test_right_programs_are_left_alone(name: str, source: str, line: int, tmp_path: Path) -> None:
    report = run(name, source, tmp_path)
    assert report.verdict == "correct", report.text()
    assert all(p.verdict == "correct" and p.error < 1e-6 for p in report.parameters)
    assert "exact gradient" in report.compared


def edited(name: str, tmp_path: Path) -> Report:
    source = next(s for n, s, _ in PROGRAMS if n == name)
    return run(name, source, tmp_path)


def test_the_correction_is_in_the_authors_names_and_proved(tmp_path: Path) -> None:
    first = edited("rows3-04", tmp_path).findings[0]
    assert first.code == "slope-misspelt"
    assert first.corrected.startswith("dZ1 = dA1 * ")
    assert eval(first.corrected.partition("dA1 * ")[2], {"A1": 0.5}) == 0.75
    assert first.residual is not None and first.residual < 1e-12


def test_the_parameters_above_a_mistake_are_right(tmp_path: Path) -> None:
    verdicts = {p.name: p.verdict for p in edited("rows3-04", tmp_path).parameters}
    assert verdicts == {
        "W1": "wrong",
        "b1": "wrong",
        "W2": "correct",
        "b2": "correct",
        "W3": "correct",
        "b3": "correct",
    }


def test_two_mistakes_are_both_named(tmp_path: Path) -> None:
    source = PROGRAMS[0][1]
    for old, new in (("dA2 * (Z2 > 0)", "dA2 * A2"), ("dW1 = X.T @ dZ1 / m", "dW1 = X.T @ dA1 / m")):
        assert old in source
        source = source.replace(old, new)
    report = run("two", source, tmp_path)
    lines = {f.line: f.code for f in report.defects}
    at = {text: source[: source.index(text)].count("\n") + 1 for text in ("dZ2 = dA2", "dW1 = X.T")}
    assert at["dZ2 = dA2"] in lines and at["dW1 = X.T"] in lines, lines


def test_an_unknown_mistake_is_found_by_its_line(tmp_path: Path) -> None:
    source = PROGRAMS[0][1].replace("dZ1 = dA1 * (1 - A1 ** 2)", "dZ1 = dA1 * np.cos(3 * Z1)")
    report = run("unknown", source, tmp_path)
    assert report.verdict == "faulty"
    assert source.splitlines()[report.findings[0].line - 1].strip() == "dZ1 = dA1 * np.cos(3 * Z1)"


def test_a_factor_is_told_in_words(tmp_path: Path) -> None:
    report = edited("rows3-28", tmp_path)
    assert report.findings[0].evidence["factor"] == pytest.approx(40)
    assert "number of samples" in report.findings[0].message
    assert report.findings[0].excerpt == "m = 1"


def test_a_missing_gradient_is_named() -> None:
    x = np.array([1.0, 2.0, 3.0])
    case = Case(
        {"w": x, "b": np.array([0.5])}, lambda p: np.sum((p["w"] + p["b"]) ** 2), lambda p: {"w": 2 * (p["w"] + p["b"])}
    )
    report = examine(case)
    assert [f.code for f in report.defects] == ["missing-gradient"]
    assert {p.name: p.verdict for p in report.parameters} == {"w": "correct", "b": "missing"}


def test_nothing_of_the_authors_changes() -> None:
    rng = np.random.default_rng(3)
    weights = {"w": np.array([0.1, -0.4, 0.3])}
    before = weights["w"].copy()
    np.random.seed(5)
    state = np.random.get_state()[1].copy()

    def loss(p: dict[str, np.ndarray]) -> float:
        noise = rng.normal() * 0 + np.random.rand() * 0
        return float(np.sum(p["w"] ** 2) + noise)

    def gradients(p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        p["w"] *= 2
        return {"w": p["w"]}

    drawn = np.random.default_rng(3).normal()
    assert examine(Case(weights, loss, gradients)).verdict == "correct"
    assert np.array_equal(weights["w"], before)
    assert np.array_equal(np.random.get_state()[1], state)
    assert rng.normal() == drawn


def test_a_backward_pass_that_stops_is_told_where_a_row_met_a_column(tmp_path: Path) -> None:
    source = PROGRAMS[0][1].replace("dZ3 = A3 - y", "dZ3 = A3 - y[:, 0]")
    report = run("stops", source, tmp_path)
    assert [f.code for f in report.defects] == ["label-broadcast"]
    assert source.splitlines()[report.defects[0].line - 1].strip() == "dZ3 = A3 - y[:, 0]"


def test_a_row_that_met_a_column_is_all_that_is_said_where_it_explains_everything(tmp_path: Path) -> None:
    wrong = "dZ3 = np.mean(A3 - y[:, 0], axis=1, keepdims=True)"
    source = PROGRAMS[0][1].replace("dZ3 = A3 - y", wrong)
    report = run("crossed", source, tmp_path)
    assert [f.code for f in report.findings] == ["label-broadcast"]
    assert source.splitlines()[report.findings[0].line - 1].strip() == wrong
