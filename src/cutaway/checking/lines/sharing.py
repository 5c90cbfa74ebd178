"""One array under two names, written into under one of them and read under the other: where the two were made one.

``dx = dy`` makes no array, and ``dx += ...`` then changes ``dy`` as well; so does a function that is given one array
twice. The line that writes does what it should: it is the other one that has to make an array of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from cutaway.checking.lines.backward import Backward, Spot
from cutaway.checking.lines.omissions import function_at
from cutaway.checking.lines.origins import paths_in
from cutaway.checking.lines.overwritten import written_into
from cutaway.checking.lines.places import Where, whole_targets
from cutaway.graph import Var

READ = (ast.Name, ast.Attribute, ast.Subscript)


class Sharing(NamedTuple):
    """A line from which on two names are one array.

    ``source`` is what is written there for the array, ``column`` where; ``target`` its second name, none if it is an
    argument; ``written`` the line that writes into it.
    """

    where: Where
    column: int
    source: str
    target: str
    written: Where


def sharings(backward: Backward) -> list[Sharing]:
    """Those of arrays that a line of the backward pass writes into."""
    found: dict[tuple[Where, int], Sharing] = {}
    for eqn, base in written_into(backward):
        stack = backward.stacks[eqn.output]
        written = stack.spots[0].file, stack.spots[0].line
        for level, (spot, names) in enumerate(zip(stack.spots, stack.names, strict=False)):
            own = {p for name, held in names.items() for p in paths_in(name, held, base)}
            if len(own) > 1:
                for one in [*_assigned(spot, own, written), *_given_twice(backward, base, stack.spots, level, written)]:
                    found.setdefault((one.where, one.column), one)
    return list(found.values())


def _assigned(spot: Spot, own: set[str], written: Where) -> Iterator[Sharing]:
    """Assignments of one of some names to another of them, or to two at once."""
    node = function_at(spot.file, spot.first_line)
    for inner in ast.walk(node) if node is not None else ():
        if not isinstance(inner, ast.Assign):
            continue
        pairs: list[tuple[ast.expr, ast.expr]] = []
        for target in whole_targets(inner):
            several = isinstance(target, ast.Tuple | ast.List) and isinstance(inner.value, ast.Tuple | ast.List)
            pairs += zip(target.elts, inner.value.elts, strict=False) if several else [(target, inner.value)]  # type: ignore[attr-defined]
        for target, value in pairs:
            if isinstance(value, READ) and {ast.unparse(target), ast.unparse(value)} <= own:
                here = (spot.file, value.lineno)
                yield Sharing(here, value.col_offset, ast.unparse(value), ast.unparse(target), written)


def _given_twice(
    backward: Backward, base: Var, spots: tuple[Spot, ...], level: int, written: Where
) -> Iterator[Sharing]:
    """A call that gives one array to two arguments."""
    if level + 1 >= len(spots):
        return
    function = function_at(spots[level].file, spots[level].first_line)
    caller = spots[level + 1]
    around = function_at(caller.file, caller.first_line)
    for inner in ast.walk(around) if around is not None and isinstance(function, ast.FunctionDef) else ():
        if not isinstance(inner, ast.Call) or not inner.lineno <= caller.line <= (inner.end_lineno or 0):
            continue
        called = inner.func.attr if isinstance(inner.func, ast.Attribute) else ast.unparse(inner.func)
        given = [*inner.args, *(k.value for k in inner.keywords)]
        texts = [ast.unparse(a) for a in given if isinstance(a, READ)]
        twice = next((t for t in texts if texts.count(t) > 1), None)
        if called == function.name and twice is not None:  # type: ignore[union-attr]
            last = [a for a in given if ast.unparse(a) == twice][-1]
            yield Sharing((caller.file, last.lineno), last.col_offset, twice, "", written)
