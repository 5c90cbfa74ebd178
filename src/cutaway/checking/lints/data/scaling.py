"""Inputs far from one in size: scaled under a name that nothing reads, or so large that the first steps explode."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from cutaway.checking.lines.places import assigned, place_of, text_of, tree_of
from cutaway.checking.lints.data.rows import FEWEST
from cutaway.checking.lints.graphs import hidden_values, inputs_of, plain
from cutaway.checking.lints.trials import another_rule
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding, Params
from cutaway.checking.running.log import Log
from cutaway.checking.running.observe import observe

STEPS = 5
LARGE = 20.0  # of an entry of the inputs
UP = 1e3  # times the first loss


def unused_scaling(case: Case) -> Iterator[Finding]:
    """Inputs that were scaled under a name that nothing reads."""
    seen = observe(case)
    parts = (case.notes.get("log"), seen.log if seen is not None else None, case.notes.get("loop_log"))
    logs = [part for part in parts if part is not None]
    tree = tree_of(case, case.file) if case.file else None
    if tree is None:
        return
    read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    read |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)):
            continue
        name = node.targets[0].id
        if name in read or not isinstance(node.value, ast.BinOp | ast.Call):
            continue
        sources = {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        scaled = _value(logs, name, node.lineno)
        for source in sources & read:
            raw = _value(logs, source, None)
            if scaled is None or raw is None or scaled.shape != raw.shape or scaled.ndim != 2 or len(scaled) < FEWEST:
                continue
            spread, after = _spread(raw), _spread(scaled)
            if spread > 5 * after > 0 and _affine(raw, scaled):
                graph = recorded_loss(case)
                given = [e for e, x, _ in (inputs_of(graph) if graph is not None else ()) if _same(plain(x), raw)]
                for i, where in enumerate(dict.fromkeys([(case.file, node.lineno), *map(place_of, given)])):
                    yield Finding(
                        "scaled-but-not-used",
                        "data",
                        f"{name} is {source} scaled (largest entry {after:.3g} instead of {spread:.3g}), and "
                        f"nothing reads it: "
                        f"the network is given {source}."
                        if i == 0
                        else f"The network is given {source} here.",
                        f"Use {name} from here on, or assign to {source}.",
                        (),
                        *where,
                        {"largest_before": spread, "largest_after": after, "shape": list(raw.shape)},
                        text_of(case, where),
                        hint="Which of your arrays does the network really get?",
                        certain=i == 0,
                    )


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))


def _value(logs: list[Log], name: str, line: int | None) -> Array | None:
    for log in logs:
        for c in log.changes:
            if c.name == name and isinstance(c.new, np.ndarray) and (line is None or c.line == line):
                found: Array = c.new
                return found
    return None


def _spread(a: Array) -> float:
    return float(np.abs(a).max(initial=0))


def _affine(raw: Array, scaled: Array) -> bool:
    """Whether each column of ``scaled`` is a multiple of that of ``raw`` plus a number."""
    for axis in (0, 1):
        a, b = (np.asarray(m, dtype=float) if axis == 0 else np.asarray(m, dtype=float).T for m in (raw, scaled))
        a, b = a - a.mean(0), b - b.mean(0)
        norm = np.sqrt((a**2).sum(0) * (b**2).sum(0))
        if np.all(np.abs(np.abs((a * b).sum(0)) - norm) <= 1e-6 * (norm + 1e-300)) and np.any(norm > 0):
            return True
    return False


def exploding(case: Case) -> Iterator[Finding]:
    """Inputs so large that the author's own first steps throw the loss up."""
    graph = recorded_loss(case)
    if graph is None or case.gradients is None or case.loss is None:
        return
    first = next(inputs_of(graph), None)
    if first is None:
        return
    eqn, x, _ = first
    data = plain(x)
    if float(np.abs(data).max(initial=0)) <= LARGE:
        return
    p, losses = case.copies(), []
    with np.errstate(all="ignore"):
        for _ in range(STEPS + 1):
            losses.append(float(case.loss({n: v.copy() for n, v in p.items()})))
            if not np.isfinite(losses[-1]):
                break
            g = case.gradients({n: v.copy() for n, v in p.items()})
            p = {n: v - case.lr * np.asarray(g[n]) for n, v in p.items()}
    died = np.isfinite(losses[-1]) and _off(case, case.copies()) == 0 and _off(case, p) > 0
    if not np.isfinite(losses[0]) or (
        not died and np.isfinite(losses).all() and max(losses) <= UP * max(abs(losses[0]), 1e-12)
    ):
        return
    if another_rule(case):
        return
    names = list(names_of(case, data))
    line = place_of(eqn)
    step = len(losses) - 1 if died else int(np.argmax(np.where(np.isfinite(losses), losses, np.inf)))
    what = (
        f"after {step} steps the ReLUs of a whole layer are off for all samples."
        if died
        else f"the first steps throw the loss from {losses[0]:.3g} to {losses[step]:.3g}."
    )
    evidence = {"losses": [float(v) for v in losses], "largest_input": float(np.abs(data).max()), "step": step}
    for i, where in enumerate(dict.fromkeys([*(w for n in names for w in assigned(case, n)), line])):
        yield Finding(
            "unscaled-inputs",
            "data" if where != line else "numerics",
            f"The inputs go up to {evidence['largest_input']:.4g}, and {what}"
            if i == 0
            else "The inputs are used here as they are.",
            "Scale the inputs: X = (X - X.mean(0)) / X.std(0), with the numbers of the training rows.",
            (),
            *where,
            evidence,
            text_of(case, where),
            hint="Look at the size of what goes into the first layer.",
            certain=i == 0,
        )


def names_of(case: Case, data: Array) -> Iterator[str]:
    """What the program calls an array, in its module."""
    program = case.notes.get("program")
    for name, value in (program.namespace if program is not None else {}).items():
        if isinstance(value, np.ndarray) and np.array_equal(value, data):
            yield name


def _off(case: Case, params: Params) -> int:
    """Hidden layers of ReLUs that are zero for all samples."""
    graph = recorded_loss(replace(case, params=params))
    hidden = hidden_values(graph) if graph is not None else set()
    relus = [e.output for e in (graph.eqns if graph is not None else ()) if e.primitive.name.endswith("relu")]
    return sum(v in hidden and np.ndim(v.value) == 2 and not np.any(v.value) for v in relus)
