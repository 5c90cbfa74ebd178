"""How often a loop of the author's goes round while one of the functions of a case is called."""

from __future__ import annotations

import ast
import builtins
from itertools import islice
from typing import Any

from cutaway.checking.correction.edited import Text
from cutaway.checking.records import Case
from cutaway.checking.running.quiet import call

MOST = 100_000  # passes: a loop may have no end but the line that leaves it
PASS, ENTERED = "__cutaway_pass__", "__cutaway_entered__"


def counted(case: Case, text: Text, loop: ast.For, fn: Any) -> tuple[int, int] | None:
    """How often a loop is entered and how many passes it makes in all; None if it makes none, or the call fails."""
    if fn is None:
        return None
    passes: list[int] = []
    times: list[int] = []
    kept, items = list(loop.body), loop.iter

    def entered(value: Any) -> Any:
        times.append(1)
        return islice(value, MOST)

    setattr(builtins, PASS, passes.append)
    setattr(builtins, ENTERED, entered)
    loop.body.insert(0, _at(ast.Expr(ast.Call(ast.Name(PASS, ast.Load()), [ast.Constant(1)], [])), kept[0]))
    loop.iter = _at(ast.Call(ast.Name(ENTERED, ast.Load()), [items], []), items)
    try:
        with text.running() as done:
            if not done:
                return None
            call(fn, case.params)
    except Exception:
        return None
    finally:
        loop.body[:], loop.iter = kept, items
        delattr(builtins, PASS)
        delattr(builtins, ENTERED)
    return (len(times), len(passes)) if 0 < len(passes) < MOST else None


def _at(node: Any, place: Any) -> Any:
    return ast.fix_missing_locations(ast.copy_location(node, place))
