"""Inputs that were scaled, and the network is given them as they were."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, place_of, text_of, tree_of
from cutaway.checking.lints.data.rows import FEWEST
from cutaway.checking.lints.graphs import inputs_of, plain
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import observe
from cutaway.graph import Eqn

TIMES = 5  # by how much scaling makes the largest entry smaller
LARGE = 20.0  # of an entry: inputs that should have been scaled


def unused_scaling(case: Case) -> Iterator[Finding]:
    """Inputs that were scaled under a name that nothing reads, by a function whose result is dropped, or elsewhere."""
    seen = observe(case)
    parts = (case.notes.get("log"), seen.log if seen is not None else None, case.notes.get("loop_log"))
    logs = [part for part in parts if part is not None]
    tree = tree_of(case, case.file) if case.file else None
    graph = recorded_loss(case)
    given = [(e, plain(x)) for e, x, _ in (inputs_of(graph) if graph is not None else ())]
    if tree is None:
        return
    for name, source, lines, raw, scaled in [*_unread(tree, logs), *_dropped(tree, logs), *_seen(logs, given)]:
        if is_scaled(raw, scaled):
            yield from _findings(case, tree, given, name, source, lines, raw, scaled)
            return


def _findings(
    case: Case,
    tree: ast.Module,
    given: list[tuple[Eqn, Array]],
    name: str,
    source: str,
    lines: list[int],
    raw: Array,
    scaled: Array,
) -> Iterator[Finding]:
    before, after = _spread(raw), _spread(scaled)
    what = f"{name} is {source} scaled" if name else f"{source} is scaled here"
    uses = [(case.file, n) for n in _read_after(tree, source, lines[0])[:2]]
    products = [place_of(e) for e, x in given if np.array_equal(x, raw)][:1]
    places: list[Where] = [*((case.file, line) for line in lines), *uses, *products]
    for i, where in enumerate(dict.fromkeys(places)):
        yield Finding(
            "scaled-but-not-used",
            "data",
            f"{what} (largest entry {after:.3g} instead of {before:.3g}), and the network is not given that: it is "
            f"given {source}."
            if i == 0
            else "It is called here."
            if where[1] in lines
            else f"{source} is used here as it is.",
            f"Use {name or 'the scaled one'} from here on, or assign to {source}.",
            (),
            *where,
            {"largest_before": before, "largest_after": after, "shape": list(raw.shape)},
            text_of(case, where),
            hint="Which of your arrays does the network really get?",
            certain=i == 0,
        )


# Three ways of finding it: the name of what was scaled, that of what it was made of, the lines, and both arrays -------

Scaled = tuple[str, str, list[int], Array, Array]


def _unread(tree: ast.Module, logs: list[Log]) -> Iterator[Scaled]:
    """Names that are given something scaled and that nothing reads."""
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    read |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        name = node.targets[0].id
        if name in read or not isinstance(node.value, ast.BinOp | ast.Call):
            continue
        scaled = _value(logs, name, node.lineno)
        for source in {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)} & read:
            raw = _value(logs, source, None)
            if scaled is not None and raw is not None:
                yield name, source, [node.lineno], raw, scaled


def _dropped(tree: ast.Module, logs: list[Log]) -> Iterator[Scaled]:
    """Calls that stand alone, whose result is the argument scaled."""
    alone = {n.lineno for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)}
    for log in logs:
        for call in log.calls:
            if call.caller_line in alone and isinstance(call.result, np.ndarray):
                for name, raw in call.arguments.items():
                    if isinstance(raw, np.ndarray) and is_scaled(raw, call.result):
                        passed = next((n for n in _names_on(tree, call.caller_line) if _is(logs, n, raw)), name)
                        yield "", passed, [call.caller_line], raw, call.result


def _seen(logs: list[Log], given: list[tuple[Eqn, Array]]) -> Iterator[Scaled]:
    """An array that is the network's inputs scaled, where these are large and are used as they are."""
    for _, x in given[:1]:
        if _spread(x) <= LARGE:
            continue
        for log in logs:
            source = next((c.name for c in log.changes if isinstance(c.new, np.ndarray) and _same(c.new, x)), "")
            for c in log.changes:
                if source and isinstance(c.new, np.ndarray) and c.new.dtype.kind == "f" and c.new.shape == x.shape:
                    callers = [call.caller_line for call in log.calls if call.frame == c.frame]
                    yield c.name, source, [c.line, *callers], x, c.new


def _names_on(tree: ast.Module, line: int) -> list[str]:
    return [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.lineno == line]


def _is(logs: list[Log], name: str, value: Array) -> bool:
    found = _value(logs, name, None)
    return found is not None and _same(found, value)


def _read_after(tree: ast.Module, name: str, line: int) -> list[int]:
    """The lines behind this one, in the same function or else in the module, that read a name."""
    around: ast.AST = tree
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    for node in functions:
        if node.lineno <= line <= (node.end_lineno or 0):
            around = node
    own = {id(n) for f in functions for n in ast.walk(f)} if around is tree else set()
    names = (n for n in ast.walk(around) if isinstance(n, ast.Name) and id(n) not in own)
    return sorted({n.lineno for n in names if n.id == name and isinstance(n.ctx, ast.Load) and n.lineno > line})


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))


def _value(logs: list[Log], name: str, line: int | None) -> Array | None:
    for log in logs:
        for c in log.changes:
            if c.name == name and isinstance(c.new, np.ndarray) and (line is None or c.line == line):
                found: Array = c.new
                return found
    return None


def is_scaled(raw: Array, scaled: Array) -> bool:
    """Whether one table is another with its columns moved and made much smaller."""
    if raw.ndim != 2 or scaled.shape != raw.shape or max(raw.shape) < FEWEST:
        return False
    return _spread(raw) > TIMES * _spread(scaled) > 0 and _affine(raw, scaled)


def _spread(a: Array) -> float:
    return float(np.abs(a).max(initial=0))


def _affine(raw: Array, scaled: Array) -> bool:
    """Whether each column of ``scaled`` is a multiple of that of ``raw`` plus a number."""
    for axis in (0, 1):
        a, b = (np.asarray(m, dtype=float) if axis == 0 else np.asarray(m, dtype=float).T for m in (raw, scaled))
        if len(a) < 3:  # two points lie on every line
            continue
        a, b = a - a.mean(0), b - b.mean(0)
        norm = np.sqrt((a**2).sum(0) * (b**2).sum(0))
        if np.all(np.abs(np.abs((a * b).sum(0)) - norm) <= 1e-6 * (norm + 1e-300)) and np.any(norm > 0):
            return True
    return False
