"""Trials of changed lines: what is tried, that all is put back, and that what never ends is stopped."""

from __future__ import annotations

import ast
import importlib.util
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutaway.checking.correction.edited import Text
from cutaway.checking.correction.edits import edits
from cutaway.checking.correction.rewrites import rewrites
from cutaway.checking.running.limits import TooLongError, at_most

PROGRAM = textwrap.dedent("""
    def sigmoid(x, derivative=False):
        return x * (1 - x) if derivative else 1 / (1 + 2.718281828 ** -x)

    def report(x):
        print(x)
        return x

    def slopes(w, d):
        found = []
        for i in range(2):
            for j in range(2):
                found.append(w[j][i] * d[j])
        return found

    def steps(x, error):
        first = error * x * (1 - x)
        second = first + sigmoid(x)
        n = 4
        while n > 0:
            n = n - 1
        return first, second
""")


def changes(name: str) -> dict[str, float]:
    """What is tried in a function, and what each change costs."""
    tree = ast.parse(PROGRAM)
    function = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
    return {
        f"{e.line}: {'move up' if e.moved else ast.unparse(ast.fix_missing_locations(e.other))}": e.cost
        for e in edits(function, tree)
    }


def test_what_is_tried() -> None:
    assert (
        "13: w[i][j]" in changes("slopes") and "13: d[i]" in changes("slopes") and "13: d[j + 1]" in changes("slopes")
    )
    tried = changes("steps")
    for change in (
        "17: error",
        "17: error * x",
        "18: sigmoid(x, derivative=True)",
        "18: move up",
        "17: -(error * x * (1 - x))",
    ):
        assert change in tried, change
    assert tried["17: error"] < tried["17: error * x * (1 - x) * (error * (1 - error))"], "the simpler change first"
    assert not any(change.startswith(("20:", "21:")) for change in tried), "a loop that might never end"
    assert not any("report(" in change for change in tried), "a function that does more than to compute"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[ModuleType]:
    file = tmp_path / "tried_program.py"
    file.write_text(
        textwrap.dedent("""
            def gradients(x, w, error):
                dw = error * w
                hidden = error * w * w
                dv = hidden * w
                return {"w": dw, "v": dv}
        """)
    )
    spec = importlib.util.spec_from_file_location("tried_program", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("tried_program", None)


def wrong_in(program: ModuleType, right: dict[str, float]) -> frozenset[str] | None:
    try:
        numbers: dict[str, Any] = program.gradients(2.0, 5.0, 3.0)
        return frozenset(n for n in right if numbers[n] != right[n])
    except Exception:  # of a change that makes no sense
        return None


def test_two_lines_are_mended_and_everything_is_put_back(program: ModuleType) -> None:
    text, right = Text(str(program.__file__)), {"w": 3.0 * 2.0, "v": 3.0 * 5.0 * 5.0 * 2.0}
    before, code = ast.unparse(text.tree), program.gradients.__code__
    both = frozenset(right)
    found = rewrites(text, list(text.functions()), {3, 5}, both, lambda: wrong_in(program, right))
    assert [(one.line, one.before, one.after, one.right) for one in found] == [
        (3, "w", "x", {"w"}),
        (5, "w", "x", {"v"}),
    ]
    assert found[0].corrected == "dw = error * x"
    assert ast.unparse(text.tree) == before and program.gradients.__code__ is code
    assert wrong_in(program, right) == both


def test_nothing_is_said_where_only_a_part_can_be_mended(program: ModuleType) -> None:
    text, right = Text(str(program.__file__)), {"w": 3.0 * 2.0, "v": 0.1234}
    assert rewrites(text, list(text.functions()), {3}, frozenset(right), lambda: wrong_in(program, right), 0.5) == []


def test_what_never_ends_is_stopped() -> None:
    def endless() -> None:
        with at_most(0.05):
            while True:
                pass

    handler = signal.getsignal(signal.SIGVTALRM)
    with pytest.raises(TooLongError):
        endless()
    assert signal.getsignal(signal.SIGVTALRM) is handler
    with at_most(5.0):
        pass
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0
