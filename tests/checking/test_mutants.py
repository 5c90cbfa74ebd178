"""Programs of many styles with one mistake each, and harmless variants: what the checker says of them.

``mutants/*.py`` are right; ``mutants/edits.toml`` says what makes them wrong, and what only looks unusual.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cutaway.checking.records import Report

Check = Callable[[Path], list[Report]]

FOLDER = Path(__file__).parent / "mutants"


@dataclass(frozen=True)
class Mutant:
    """A program, and what is true of it."""

    base: str
    name: str
    text: str
    kinds: tuple[str, ...]  # none: it is right
    lines: frozenset[int]


def _lines(text: str, start: int, part: str) -> set[int]:
    first = text[:start].count("\n") + 1
    return set(range(first, first + part.rstrip("\n").count("\n") + 1))


def _mutant(base: str, text: str, edit: dict[str, Any]) -> Mutant:
    kinds = () if edit["kind"] == "correct" else tuple(edit.get("any_kind", [edit["kind"]]))
    lines: set[int] = set()
    for old, new in [[edit["old"], edit["new"]], *edit.get("also", [])]:
        start = text.index(old)
        text = text[:start] + new + text[start + len(old) :]
        lines |= _lines(text, start, new)
    if "lines_of" in edit:
        lines = _lines(text, text.index(edit["lines_of"]), edit["lines_of"])
    return Mutant(base, edit["note"], text, kinds, frozenset(lines))


def mutants() -> Iterator[Mutant]:
    """Every program: the right ones as they stand, and with each of the edits."""
    for base, edits in tomllib.loads((FOLDER / "edits.toml").read_text()).items():
        text = (FOLDER / f"{base}.py").read_text()
        yield Mutant(base, "as it stands", text, (), frozenset())
        for edit in edits:
            yield _mutant(base, text, edit)


ALL = list(mutants())
WRONG = [m for m in ALL if m.kinds]
RIGHT = [m for m in ALL if not m.kinds]
NOT_NAMED = {"most rows are never seen", "biases take the weights' place in line"}  # they stand, and are not found


def _named(mutant: Mutant, reports: list[Report]) -> bool:
    found = [f for report in reports if report.verdict == "faulty" for f in report.findings]
    return any(f.kind in mutant.kinds and f.line in mutant.lines for f in found)


def _reports(mutants: list[Mutant], folder: Path, check: Check) -> list[list[Report]]:
    files = [folder / f"program_{i}.py" for i in range(len(mutants))]
    for file, mutant in zip(files, mutants, strict=True):
        file.write_text(mutant.text)
    return [check(file) for file in files]


def _said(reports: list[Report]) -> list[tuple[str, str, int | None]]:
    return [(f.code, f.kind, f.line) for report in reports for f in report.findings]


@pytest.mark.parametrize("base", sorted({m.base for m in ALL}))
def test_right_programs_are_not_accused(base: str, tmp_path: Path, check_warm: Check) -> None:
    right = [m for m in RIGHT if m.base == base]
    accused = {
        m.name: _said(reports)
        for m, reports in zip(right, _reports(right, tmp_path, check_warm), strict=True)
        if any(report.verdict != "correct" for report in reports)
    }
    assert accused == {}


@pytest.mark.parametrize("base", sorted({m.base for m in ALL}))
def test_mistakes_are_named_with_kind_and_line(base: str, tmp_path: Path, check_warm: Check) -> None:
    wrong = [m for m in WRONG if m.base == base]
    missed = {
        m.name: _said(reports)
        for m, reports in zip(wrong, _reports(wrong, tmp_path, check_warm), strict=True)
        if not _named(m, reports) and m.name not in NOT_NAMED
    }
    assert missed == {}
