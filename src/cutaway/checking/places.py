"""Lines of the author's program: their text, where a number came from, and the same line with one name exchanged."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterable
from functools import lru_cache

import numpy as np

from cutaway.checking.records import Array, Case
from cutaway.checking.watch import Change, Log

Where = tuple[str, int]
NOWHERE: Where = ("", 0)


def text_of(case: Case, where: Where) -> str:
    """The line as it stands in the program."""
    file, line = where
    if file and file == case.file and case.source:
        lines = case.source.splitlines()
        return lines[line - 1].strip() if 0 < line <= len(lines) else ""
    return linecache.getline(file, line).strip()


def tree_of(case: Case, file: str) -> ast.Module | None:
    """The parsed file that a line is in."""
    return _parsed(case.source if file == case.file and case.source else "".join(linecache.getlines(file)))


@lru_cache(maxsize=8)
def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


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
    data = text.encode()
    return (data[: node.col_offset] + new.encode() + data[node.end_col_offset :]).decode().strip()


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
