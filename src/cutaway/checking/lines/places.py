"""Lines of the author's program: their text, where a number came from, and the same line with one name exchanged."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from cutaway.checking.lines.source import assignments, parsed, spliced, text_in
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Change, Log
from cutaway.graph import Eqn

Where = tuple[str, int]
NOWHERE: Where = ("", 0)
FEW = 3  # lines of a list


def text_of(case: Case, where: Where) -> str:
    """The line as it stands in the program."""
    file, line = where
    if file and file == case.file and case.source:
        lines = case.source.splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return linecache.getline(file, line).strip()


def of_numbers(case: Case, where: Where, numbers: Collection[float]) -> list[Where]:
    """The lines of a list over several lines on which some of these numbers are written, the first few of them."""
    file, line = where
    tree = parsed(case.source if file == case.file and case.source else text_in(file))
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.Assign) and node.lineno == line and (node.end_lineno or line) > line:
            written = (n for n in ast.walk(node.value) if isinstance(n, ast.Constant))
            lines = sorted({n.lineno for n in written if isinstance(n.value, int | float) and n.value in numbers})
            return [(file, one) for one in lines if one != line][:FEW]
    return []


def at_each(
    case: Case,
    finding: Finding,
    places: Iterable[Where],
    words: str,
    *,
    most: int | None = None,
    certain: bool = False,
    **others: Any,
) -> Iterator[Finding]:
    """A finding at the first of its places that is known; at each further one it says ``words`` and is but a note.

    ``most`` is how many places it has at all, ``others`` what else is different at the further ones. Of places none of
    which is known, it stands nowhere; without any, there is no finding.
    """
    distinct = list(dict.fromkeys(places))
    for i, (file, line) in enumerate([w for w in distinct if w != NOWHERE][:most] or distinct):
        here = replace(finding, file=file, line=line, excerpt=text_of(case, (file, line)))
        yield replace(here, message=words, certain=certain, **others) if i else here


def tree_of(case: Case, file: str) -> ast.Module | None:
    """The parsed file that a line is in."""
    return parsed(case.source if file == case.file and case.source else text_in(file))


@lru_cache(maxsize=8)
def _by_line(tree: ast.Module) -> dict[int, list[ast.stmt]]:
    found: dict[int, list[ast.stmt]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                found.setdefault(line, []).append(node)
    return found


def statements_at(case: Case, where: Where) -> list[ast.stmt]:
    """The simple statements that a line belongs to."""
    tree = tree_of(case, where[0]) if where[0] else None
    return _by_line(tree).get(where[1], []) if tree is not None else []


def exchanged(case: Case, where: Where, node: ast.expr, new: str) -> str:
    """The line with ``new`` in the place of one expression in it; empty if that goes over several lines."""
    text = _raw(case, where)
    if node.lineno != where[1] or node.end_lineno != where[1]:
        return ""
    return spliced(text, node.col_offset, node.end_col_offset or 0, new).strip()


def _raw(case: Case, where: Where) -> str:
    file, line = where
    lines = case.source.splitlines() if file == case.file and case.source else linecache.getlines(file)
    return lines[line - 1].rstrip("\n") if 0 < line <= len(lines) else ""


def line_of_value(log: Log, wanted: Array, accept: Callable[[Change], bool] = lambda change: True) -> Where:
    """Where an array with these contents was first seen, by name or as something that a function returned."""
    found: list[tuple[int, str, int]] = []
    for change in log.changes:
        if isinstance(change.new, np.ndarray) and _equal(change.new, wanted) and accept(change):
            found.append((change.at, change.file, change.line))
            break
    for array, line, _, file, at in log.first.values():
        if _equal(array, wanted):
            found.append((at, file, line))
    if not found:
        return NOWHERE
    _, file, line = min(found)
    return file, line


def _equal(a: Array, b: Array) -> bool:
    if a.shape != np.shape(b) or a.dtype.kind not in "fiu":
        return False
    scale = float(np.abs(b).max(initial=0))
    return bool(np.allclose(a, b, rtol=0, atol=1e-9 * scale)) and (scale > 0 or not np.any(a))


def place_of(eqn: Eqn) -> Where:
    """The line that an equation was recorded from."""
    return (eqn.where.file, eqn.where.line) if eqn.where else NOWHERE


def origin_of(case: Case, *names: str) -> Where:
    """Where the program made the first of these parameters or data whose place is known."""
    name = next((n for n in names if n in case.origins), None)
    if name is None:
        return NOWHERE
    place = case.origins[name]
    return place.file, _line_of_entry(case, (place.file, place.line), name)


def _line_of_entry(case: Case, where: Where, name: str) -> int:
    """The line of ``"W2": ...`` in a dict that goes over several lines from the one where its statement begins."""
    for statement in statements_at(case, where):
        for node in ast.walk(statement):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == name:
                        return value.lineno
            elif isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg == name:
                        return keyword.value.lineno
    return where[1]


def assigned(case: Case, name: str) -> Iterator[Where]:
    """The lines at which the program gives a name its value: where it was first made, then the last one first."""
    if name in case.origins:
        yield origin_of(case, name)
    tree = parsed(case.source) if case.source and name.isidentifier() else None
    if tree is not None:
        yield from reversed([(case.file, line) for line in assignments(tree, name)])


def where_of(changes: Iterable[Change]) -> Where:
    """The line of the first of some changes."""
    for change in changes:
        return change.file, change.line
    return NOWHERE


def constants_of(case: Case) -> list[float]:
    """The numbers that are written in the program."""
    tree = tree_of(case, case.file) if case.file else None
    nodes = ast.walk(tree) if tree is not None else ()
    return sorted({float(n.value) for n in nodes if isinstance(n, ast.Constant) and type(n.value) is float})


def whole_targets(node: ast.AST) -> list[ast.expr]:
    """What an assignment assigns to, a tuple of names as one."""
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []


def targets_of(node: ast.AST) -> list[ast.expr]:
    """What an assignment assigns to, name by name."""
    return [t for x in whole_targets(node) for t in (x.elts if isinstance(x, ast.Tuple | ast.List) else [x])]


def name_of(node: ast.AST) -> str:
    """The last name of a plain name or an attribute: ``W`` of ``self.W``; empty for anything else."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def mentions(node: ast.AST, name: str) -> bool:
    """Whether a name or an attribute stands anywhere in an expression."""
    return any(name_of(n) == name for n in ast.walk(node))


def root_of(node: ast.AST) -> str:
    """The name under which a part of an array or a list is kept: ``self.v`` of ``self.v[k]``."""
    while isinstance(node, ast.Subscript | ast.Starred):
        node = node.value
    return ast.unparse(node)


def _around(case: Case, where: Where) -> ast.AST | None:
    """The innermost loop, or else the function, that a line stands in."""
    tree = tree_of(case, where[0]) if where[0] else None
    found: ast.AST | None = None
    for kind in (ast.FunctionDef, ast.For | ast.While):
        for node in ast.walk(tree) if tree is not None else ():
            if isinstance(node, kind) and node.lineno <= where[1] <= (node.end_lineno or 0):
                found = node
    return found


def loop_around(case: Case, where: Where) -> list[ast.AST] | None:
    """All that stands in the outermost loop around a line within its function."""
    around, found = tree_of(case, where[0]) if where[0] else None, None
    function = next(
        (
            n
            for n in (ast.walk(around) if around is not None else ())
            if isinstance(n, ast.FunctionDef) and n.lineno <= where[1] <= (n.end_lineno or 0)
        ),
        around,
    )
    for node in ast.walk(function) if function is not None else ():
        if (
            found is None
            and isinstance(node, ast.For | ast.While)
            and node.lineno <= where[1] <= (node.end_lineno or 0)
        ):
            found = [part for statement in node.body for part in ast.walk(statement)]
    return found


def feeding(case: Case, where: Where) -> list[Where]:
    """The lines of the same loop that give the names on this line their values: a velocity, a moment."""
    statements = statements_at(case, where)
    read = {
        root_of(part)
        for statement in statements
        for part in ast.walk(statement)
        if isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Load)
    }
    written = {root_of(t) for s in statements for t in targets_of(s)}
    around = _around(case, where)
    found = {
        node.lineno  # type: ignore[attr-defined]
        for node in (ast.walk(around) if around is not None else ())
        if {root_of(t) for t in targets_of(node)} & read - written
    }
    return [(where[0], line) for line in sorted(found - {where[1]})]


def carried_over(case: Case, where: Where) -> list[Where]:
    """Lines in the loop around this one that set a name to zeros which an earlier line of the loop reads."""
    around = _around(case, where)
    if not isinstance(around, ast.For | ast.While):
        return []
    parts = [n for statement in around.body for n in ast.walk(statement)]
    reads = {(n.id, n.lineno) for n in parts if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    zeros = [
        n
        for n in parts
        if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call) and "zeros" in ast.unparse(n.value.func)
    ]
    return [
        (where[0], n.lineno)
        for n in zeros
        if any(name == root_of(t) and line < n.lineno for t in targets_of(n) for name, line in reads)
    ]


def return_lines(case: Case, where: Where) -> list[int]:
    """The lines behind this one at which its function returns."""
    tree = tree_of(case, where[0]) if where[0] else None
    inner: ast.FunctionDef | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno <= where[1] <= (node.end_lineno or 0):
            inner = node
    parts = ast.walk(inner) if inner is not None else ()
    return sorted({n.lineno for n in parts if isinstance(n, ast.Return) and n.lineno > where[1]})
