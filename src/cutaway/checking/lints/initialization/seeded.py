"""Weights that are equal because the generator is seeded again for each: in the function, or the loop, that draws them.

A seed that is set again is no mistake as such; so the numbers have to show it: all entries of an array are the same
random number, all its rows or columns are, or several arrays are.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, origin_of, tree_of
from cutaway.checking.lints.initialization.equal_units import all_equal
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log

SEEDING = ("seed", "default_rng", "RandomState", "Random", "PCG64", "MT19937", "Philox", "SFC64", "SeedSequence")
LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
DIGITS = 6  # a number with fewer is more likely written by hand than drawn
PLACES = 4


@dataclass(frozen=True)
class _Alike:
    """What is equal in some parameters; in how many pieces they must have been drawn, each a whole array or not."""

    names: list[str]
    what: str
    pieces: int
    whole: bool = False


@dataclass(frozen=True)
class _Seed:
    """A line that seeds a generator several times: how, how often, by which calls, and which lines made them."""

    where: Where
    how: str
    times: float
    callers: list[Where]
    frames: frozenset[int] = frozenset()


def seeded_alike(case: Case) -> Iterator[Finding]:
    """Equal weights, where a generator is seeded in a loop or in a function that is called for each of them."""
    alike = _alike({n: np.asarray(v, dtype=float) for n, v in case.params.items()})
    seeds = [s for s in _seeded_again(case) if s.times >= alike.pieces] if alike is not None else []
    if alike is None or not seeds or (alike.whole and any(_made_together(case, s, alike.names[0]) for s in seeds)):
        return
    names, what = alike.names, alike.what
    case.notes["seeded alike"] = names
    where, how, callers = seeds[0].where, seeds[0].how, seeds[0].callers
    finding = Finding(
        "seeded-alike",
        "initialization",
        f"{what}: the generator is seeded again here {how}, so each time the same numbers are drawn.",
        "Seed once, before all weights are drawn: rng = np.random.default_rng(0), and draw every weight from this rng.",
        tuple(names),
        evidence={"parameters": names, "seeded_in_lines": [s.where[1] for s in seeds]},
        hint="Print the weights before the first step: which of them are equal?",
    )
    places = [where, *callers, *(s.where for s in seeds[1:]), origin_of(case, *names)]
    yield from at_each(case, finding, places, "Or here, where these weights are made.", most=PLACES)


# In the numbers -------------------------------------------------------------------------------------------------------


def _alike(params: dict[str, Array]) -> _Alike | None:
    """What is equal in the parameters that chance would have made different."""
    drawn = {n: w for n, w in params.items() if w.size and np.isfinite(w).all() and np.any(_odd(w))}
    same = [n for n, w in drawn.items() if w.size > 1 and np.ptp(w) == 0]
    if same:
        first = drawn[same[0]]
        what = f"All {first.size} entries of {', '.join(same)} are {float(first.flat[0]):.6g}"
        return _Alike(same, what, max(drawn[n].size for n in same))
    for n, w in drawn.items():
        for axis, word in ((0, "columns"), (1, "rows")):
            if w.ndim == 2 and min(w.shape) > 1 and all_equal(w, axis):
                return _Alike([n], f"All {w.shape[1 - axis]} {word} of {n} are equal", w.shape[1 - axis])
    groups: dict[bytes, list[str]] = {}
    for n, w in drawn.items():
        top = float(np.abs(w).max())
        scaled = np.round(w / top, 9) + 0.0 if w.size > 1 else w  # often each is scaled by its number of inputs
        groups.setdefault(repr(w.shape).encode() + scaled.tobytes(), []).append(n)
    for names in groups.values():
        if len(names) > (1 if drawn[names[0]].size > 1 else 2):
            equal = all(np.array_equal(drawn[n], drawn[names[0]]) for n in names)
            what = f"{', '.join(names)} are {'equal' if equal else 'multiples of each other'}, entry by entry"
            return _Alike(names, what, len(names), True)
    return None


def _odd(w: Array) -> Array:
    """Which numbers have more digits than one writes by hand."""
    scaled = np.abs(w) * 10.0**DIGITS
    found: Array = np.abs(scaled - np.round(scaled)) > 1e-3
    return found


# In the program -------------------------------------------------------------------------------------------------------


def _seeded_again(case: Case) -> Iterator[_Seed]:
    """The lines that seed a generator more than once while the file runs."""
    tree, log = (tree_of(case, case.file) if case.file else None), case.notes.get("log")
    if tree is None or log is None:
        return
    for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if name_of(call.func) not in SEEDING or not (call.args or call.keywords):
            continue
        where = (case.file, call.lineno)
        around = [n for n in ast.walk(tree) if n is not call and _holds(n, call)]
        functions = [n for n in around if isinstance(n, ast.FunctionDef | ast.Lambda)]
        inner = functions[-1] if functions else None
        loops = [n for n in around if isinstance(n, LOOPS) and (inner is None or inner in around[: around.index(n)])]
        loops = [n for n in loops if _each_time(n, call)]
        if loops:
            yield _Seed(where, "in every round of the loop", _rounds(case, log, loops[-1]), [])
            continue
        name = getattr(inner, "name", "<lambda>")
        calls = [c for c in log.calls if c.code.co_name == name and _starts(inner, c.code.co_firstlineno)]
        if len(calls) > 1:
            lines = dict.fromkeys((case.file, c.caller_line) for c in calls if c.caller_line)
            how = f"in each of {len(calls)} calls of {name}"
            yield _Seed(where, how, len(calls), list(lines), frozenset(c.frame for c in calls))


def _rounds(case: Case, log: Log, loop: ast.AST) -> float:
    """How often a loop was gone through; of a comprehension that is not known."""
    program = case.notes.get("program")
    numbers = {k for k, n in program.loops.items() if n.lineno == getattr(loop, "lineno", 0)} if program else set()
    if not isinstance(loop, ast.For | ast.While) or not numbers:
        return math.inf
    return float(sum(count + 1 for (_, number), count in log.iterations.items() if number in numbers))


def _made_together(case: Case, seed: _Seed, name: str) -> bool:
    """Whether one call made two of the equal arrays: then it is not the seed that makes them equal."""
    log, value = case.notes["log"], np.asarray(case.params[name])
    made: dict[int, set[int]] = {}
    for c in log.changes:
        if c.frame in seed.frames and isinstance(c.new, np.ndarray) and np.array_equal(c.new, value) and not c.inplace:
            made.setdefault(c.frame, set()).add(c.identity)
    return any(len(ids) > 1 for ids in made.values())


def _holds(outer: ast.AST, inner: ast.AST) -> bool:
    return any(n is inner for n in ast.walk(outer))


def _each_time(loop: ast.AST, call: ast.AST) -> bool:
    """Whether what is in a loop is done in each round: not if it is what the loop goes through."""
    if isinstance(loop, ast.For | ast.While):
        return any(_holds(s, call) for s in loop.body)
    return not _holds(loop.generators[0].iter, call)  # type: ignore[attr-defined]


def _starts(function: ast.AST | None, line: int) -> bool:
    if function is None:
        return False
    decorators = getattr(function, "decorator_list", [])
    return line in {function.lineno, *(d.lineno for d in decorators)}  # type: ignore[attr-defined]
