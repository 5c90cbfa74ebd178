"""What is written into a copy that nothing keeps: ``W[rows][:, j] -= step``, ``rng.shuffle(list(zip(X, y)))``.

Indexing with an array or a list, ``flatten``, ``tolist``, ``copy`` and ``list`` make new arrays and lists; what is then
written, sorted or shuffled in them is gone with the end of the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import name_of, text_of, tree_of, whole_targets
from cutaway.checking.records import Case, Finding, Kind
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import calls_of, logs_of, watched

COPYING = ("copy", "flatten", "tolist", "astype", "array", "list", "sorted", "deepcopy")
IN_PLACE = ("sort", "fill", "reverse", "partition")
SHUFFLING = ("shuffle", "fill_diagonal", "copyto", "put", "putmask", "place")


def lost_in_a_copy(case: Case) -> Iterator[Finding]:
    """Statements that write into a copy of an array which stays as it was."""
    tree = tree_of(case, case.file) if case.file else None
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.stmt)] if tree is not None else []
    written = [(n, part) for n in nodes if (part := _written(n)) is not None]
    if tree is None or not written:
        return
    for node, part in written:
        root = _root(part)
        logs = _logs(case, tree, node.lineno) if root else []
        if not logs or not _is_copy(part, root, _seen(tree, logs, node.lineno)):
            continue
        if any(_changed(log, root, node.lineno) for log in logs):
            continue
        where = (case.file, node.lineno)
        yield Finding(
            "written-to-a-copy",
            _kind(case, node, root, logs),
            f"{ast.unparse(part)} is a copy, made on this line and kept by nothing: what is written into it is lost, "
            f"and {root} stays as it was, each time.",
            (
                "Give the copy a name, pairs = list(zip(X, y)), and use that; or take X[i], y[i] with one i."
                if isinstance(node, ast.Expr)
                else "Use one index, a[rows, j] -= step, or np.ix_(rows, columns); or name the copy, and use that."
            ),
            (),
            *where,
            {"changes_of_the_array": 0},
            text_of(case, where),
            hint="Which array does this line write to?",
        )


def _logs(case: Case, tree: ast.Module, line: int) -> list[Log]:
    """What was seen of a line: in the file and the loop, or else in the loss and the gradients."""
    found = [log for log in logs_of(case) if _carried_out(tree, log, line)]
    for fn in (case.loss, case.gradients):
        if not found and fn is not None and _carried_out(tree, calls_of(case, fn)[1], line):
            found.append(watched(case, fn, case.copies())[1])
    return found


def _written(node: ast.AST) -> ast.expr | None:
    """What a statement writes into, if that may be a copy."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = [t.value for t in whole_targets(node) if isinstance(t, ast.Subscript)]
        return next((t for t in targets if isinstance(t, ast.Call | ast.Subscript)), None)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        into = next((k.value for k in call.keywords if k.arg == "out"), None)
        if into is None and isinstance(call.func, ast.Attribute) and call.func.attr in IN_PLACE:
            into = call.func.value
        if into is None and name_of(call.func) in SHUFFLING and call.args:
            into = call.args[0]
        return into if isinstance(into, ast.Call | ast.Subscript) else None
    return None


def _root(part: ast.expr) -> str:
    """The name of what a copy was made of."""
    names = [n for n in ast.walk(part) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)]
    if isinstance(part, ast.Call) and name_of(part.func) in ("list", "array", "sorted", "deepcopy") and part.args:
        inner = part.args[0]
        if isinstance(inner, ast.Call) and name_of(inner.func) == "zip" and inner.args:
            inner = inner.args[0]
        return ast.unparse(inner) if isinstance(inner, ast.Name | ast.Attribute) else ""
    while isinstance(part, ast.Subscript | ast.Call):
        part = part.value if isinstance(part, ast.Subscript) else getattr(part.func, "value", ast.Constant(0))
    return ast.unparse(part) if part in names else ""


def _is_copy(part: ast.expr, root: str, seen: dict[str, list[object]]) -> bool:
    """Whether an expression makes a copy: a call that does, or an array's index that is a list, a test or an array."""
    whole = all(isinstance(v, np.ndarray) for v in seen.get(root, [None]))
    while isinstance(part, ast.Subscript):
        index = part.slice
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        if whole and any(isinstance(i, ast.List | ast.Compare) or _is_array(i, seen) for i in parts):
            return True
        part = part.value
    return isinstance(part, ast.Call) and name_of(part.func) in COPYING


def _is_array(index: ast.expr, seen: dict[str, list[object]]) -> bool:
    values = seen.get(ast.unparse(index), []) if isinstance(index, ast.Name | ast.Attribute) else []
    return bool(values) and all(isinstance(v, np.ndarray) and v.ndim > 0 for v in values)


def _seen(tree: ast.Module, logs: list[Log], line: int) -> dict[str, list[object]]:
    """What the names were seen to stand for in the function around a line, and attributes anywhere."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    around = next((f.name for f in functions[::-1] if f.lineno < line <= (f.end_lineno or 0)), "<module>")
    found: dict[str, list[object]] = {}
    for log in logs:
        for c in log.changes:
            if c.function == around or "." in c.name:
                plain = c.name.partition("[")[0]
                found.setdefault(plain, []).append(c.new if plain == c.name else None)
    return found


def _carried_out(tree: ast.Module, log: Log, line: int) -> bool:
    """Whether a line was come by: its function was called, or it stands outside of all."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    around = [f for f in functions if f.lineno < line <= (f.end_lineno or 0)]
    return not around or any(c.code.co_name == around[-1].name for c in log.calls)


def _changed(log: Log, root: str, line: int) -> bool:
    """Whether the array was seen to change on this line after all: then the index made a view."""
    return any(c.line == line and c.inplace and (c.name == root or c.name.startswith(f"{root}[")) for c in log.changes)


def _kind(case: Case, node: ast.AST, root: str, logs: list[Log]) -> Kind:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and name_of(node.value.func) == "shuffle":
        return "data"
    values = [c.new for log in logs for c in log.changes if c.name == root and isinstance(c.new, np.ndarray)]
    for value in values[:1]:
        if any(value.shape == np.shape(p) and np.array_equal(value, p) for p in case.params.values()):
            return "update"
        if any(value.shape == np.shape(p) for p in case.params.values()):
            return "gradient"
    return "data"
