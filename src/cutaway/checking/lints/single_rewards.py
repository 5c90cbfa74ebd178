"""Labels that the loss cannot reward, in a loss that is added up sample by sample: a loop, or a sum of many calls."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.backprop import Backprop
from cutaway.checking.lines.places import NOWHERE, Where, assigned, name_of, place_of, tree_of
from cutaway.checking.lints.graphs import PARTS
from cutaway.checking.lints.rewards import FEWEST, Slopes, judged, labels_not_rewarded, slopes_by
from cutaway.checking.lints.samples import Family, families
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import Point, look, recorded
from cutaway.graph import Graph, Var

LONGEST = 12_000  # equations of the loss
HIGHEST = 8  # equations from a score to the logarithm of its probability
SPREADS = (0.02, 0.1, 1.0, 5.0)  # of the parameters that are tried, both signs of each
ENOUGH = 4  # of them
DEEPEST = 5  # equations above an output that are compared
MEETINGS = ("multiply", "subtract", "add", "divide", "power", "greater", "less", "equal")


def unrewarded_single_labels(case: Case) -> Iterator[Finding]:
    """Two kinds of labels, one for each pass of a loop, for one of which the loss has no slope, or no end."""
    point = look(case)
    graph = point.graph
    if graph is None or case.loss is None or len(graph.eqns) > LONGEST:
        return
    of_data = _of_data(graph)
    used = used_by(graph)
    two = [f for f in families(graph, point, ("multiply",)) if _is_labelled(f, of_data) and used.intersection(f.live)]
    if not two:
        return
    family = two[0]
    y = family.fixed.ravel()
    beside = [f for f in families(graph, point, MEETINGS) if len(f.live) == y.size and of_data.issuperset(f.live)]
    beside = [f for f in beside if used.intersection(f.live)]  # what is only compared counts nothing
    if not all(_alike(f, y) for f in beside) or _chosen(graph, family) or _weighted(graph, family):
        return  # other numbers of the samples: these may be targets, and the two say which samples count
    above = _to_what_all_share(graph, family, [f for f in beside if len(np.unique(f.fixed)) == 2])
    if above is None:
        return
    groups = [y == v for v in np.unique(y)]
    outputs = outputs_of(graph, family, above)
    slopes = slopes_by(graph, outputs) if not graph.peeks else at_points(case, point, family, above)
    said = judged(slopes, y, groups) if slopes is not None else None
    if said is not None:
        met = place_of(family.eqns[0])
        yield from labels_not_rewarded(case, y.size, said, list(dict.fromkeys(_made(case, point, family, y)))[:3], met)


RESULT = -1  # how far above what its numbers meet the result of a family is


def outputs_of(graph: Graph, family: Family, above: int) -> list[Var]:
    """What the numbers of a family meet, or so many equations of one operand above; nothing if these are no more."""
    if above == RESULT:
        return [e.output for e in family.eqns]
    made = {e.output: e for e in graph.eqns}
    varying = {*graph.inputs, *made}
    found: list[Any] = list(family.live)
    for _ in range(above):
        inputs = [made[v].inputs if v in made else () for v in found]
        operands = [{a for a in own if isinstance(a, Var) and a in varying} for own in inputs]
        if any(len(own) != 1 for own in operands):
            return []
        found = [next(iter(own)) for own in operands]
    return found if all(np.size(v.value) == 1 for v in found) and len(set(found)) == len(found) else []


def _chosen(graph: Graph, family: Family) -> bool:
    """Whether the outputs are computed otherwise from sample to sample: an entry, or a branch, says which class."""
    made = {e.output: e for e in graph.eqns}

    def way(var: Var, depth: int) -> Any:
        eqn = made.get(var)
        if eqn is None or depth > DEEPEST:
            return None
        above = [way(a, depth + 1) for a in eqn.inputs if isinstance(a, Var) and a in made][:2]
        return eqn.primitive.name, str(eqn.params.get("index", "")), *above

    return len({way(v, 0) for v in family.live}) > 1


def _weighted(graph: Graph, family: Family) -> bool:
    """Whether parameters are multiplied with what is computed of the outputs: these are hidden values."""
    carried: set[Any] = {e.output for e in family.eqns}
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    for eqn in graph.eqns:
        own = [a in carried for a in eqn.inputs if isinstance(a, Var) and a in varying]
        if any(own):
            if not all(own) and eqn.primitive.name.rpartition(".")[2] in ("multiply", "matmul", "dot"):
                return True
            carried.add(eqn.output)
    return False


def _to_what_all_share(graph: Graph, family: Family, others: list[Family]) -> int | None:
    """How far above what the labels meet one value is that all of them meet, as in both parts of a cross-entropy."""
    for above in range(HIGHEST):
        outputs = outputs_of(graph, family, above)
        if not outputs:
            return None
        carried: set[Any] = set(outputs)
        for eqn in graph.eqns:
            if any(isinstance(a, Var) and a in carried for a in eqn.inputs):
                carried.add(eqn.output)
        if all(carried.issuperset(f.live) for f in others):
            return above
    return None


def used_by(graph: Graph) -> set[Any]:
    """All that the loss is computed from, comparisons left out."""
    found: set[Any] = set(graph.outputs)
    for eqn in reversed(graph.eqns):
        if eqn.output in found and eqn.output.dtype.kind != "b":
            found.update(a for a in eqn.inputs if isinstance(a, Var))
    return found


def _of_data(graph: Graph) -> set[Any]:
    """The values that are more than parameters in other shapes: something was computed of them."""
    own: set[Any] = set(graph.inputs)
    for eqn in graph.eqns:
        if eqn.primitive.name.rpartition(".")[2] in PARTS and eqn.inputs[0] in own:
            own.add(eqn.output)
    return {e.output for e in graph.eqns} - own


def _is_labelled(family: Family, of_data: set[Any]) -> bool:
    """Whether what a family meets are two numbers, one for each of as many outputs."""
    values, counts = np.unique(family.fixed, return_counts=True)
    outputs = set(family.live)
    return (
        len(values) == 2
        and int(counts.min()) >= FEWEST
        and len(outputs) == len(family.live)
        and outputs <= of_data
        and all(np.size(v.value) == 1 for v in outputs)
    )


def _alike(family: Family, y: Array) -> bool:
    """Whether the numbers of a family say the same as the labels, or nothing."""
    own = family.fixed.ravel()
    two = len(np.unique(own)) == 2
    return len(np.unique(own)) == 1 or (own.size == y.size and two and np.array_equal(own == own[0], y == y[0]))


def at_points(case: Case, point: Point, family: Family, above: int) -> Slopes | None:
    """The slopes of the loss by the output of each sample, at parameters of all sizes: a branch may go another way."""
    rng = np.random.default_rng(0)
    found: list[Array] = []
    first = family.eqns[0]
    kind = first.primitive.name.rpartition(".")[2]
    for spread in SPREADS:
        way = {n: spread * rng.normal(size=np.shape(v)) for n, v in point.params.items()}
        for sign in (1.0, -1.0):
            try:
                with np.errstate(all="ignore"):
                    graph, stacks, _ = recorded(case.loss, {n: sign * w for n, w in way.items()})
                    true = Backprop(graph).true
            except Exception:
                return None
            there = Point(point.params, graph, stacks=stacks)
            alike = families(graph, there, (kind,), None if above == RESULT else 1)
            same = (f for f in alike if np.array_equal(f.fixed, family.fixed))
            own = next((f for f in same if place_of(f.eqns[0]) == place_of(first)), None)
            outputs = outputs_of(graph, own, above) if own is not None else []
            if not outputs:
                continue  # a branch was taken for some samples only
            found.append(np.array([float(np.sum(true.get(v, 0.0))) for v in outputs]))
    if len(found) < ENOUGH:
        return None
    tried = np.array(found)
    nothing = np.zeros((2, len(family.live)))  # parameters do not say how far out an output is
    return (tried, nothing, nothing) if np.isfinite(tried).all() else None


# Where they are made --------------------------------------------------------------------------------------------------


def _made(case: Case, point: Point, family: Family, y: Array) -> Iterator[Where]:
    """Arrays and lists of these numbers, those that a line gave one after the other, what the loop goes over."""
    exact: list[Where] = []
    for log in logs_of(case):
        seen = [(c.file, c.line) for c in log.changes if isinstance(c.new, np.ndarray) and _same(c.new, y)]
        exact = exact or seen[:1]
    program = case.notes.get("program")
    for name, value in (program.namespace if program is not None else {}).items():
        if isinstance(value, list | tuple) and _same(value, y):
            exact += assigned(case, name)
    yield from exact
    for log in logs_of(case) if not exact else ():
        yield from _one_after_the_other(log, y)
    stack = point.stacks.get(family.eqns[0].output)
    for spot in stack.spots if stack is not None and not exact else ():
        yield from _gone_over(case, (spot.file, spot.line))


def _same(value: Any, y: Array) -> bool:
    try:
        own = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return False
    return own.size == y.size and np.array_equal(own.ravel(), y)


def _one_after_the_other(log: Any, y: Array) -> Iterator[Where]:
    """The lines that gave a name these numbers, as often as it changed."""
    wanted = [float(y[0]), *(float(b) for a, b in itertools.pairwise(y) if a != b)]
    found: dict[Any, list[float]] = {}
    for c in log.changes:
        if isinstance(c.new, int | float | np.number) and len(c.slot[1]) == 1:
            numbers = found.setdefault((c.slot, c.file, c.line), [])
            numbers += [float(c.new)] * (not numbers or numbers[-1] != float(c.new))
    for (_, file, line), numbers in found.items():
        if numbers == wanted and len(numbers) > 2:
            yield file, line


def _gone_over(case: Case, where: Where) -> Iterator[Where]:
    """The lines that fill what the loop around a line goes over."""
    tree = tree_of(case, where[0]) if where != NOWHERE else None
    names: list[str] = []
    written: list[Where] = []
    for node in ast.walk(tree) if tree is not None else ():
        last = getattr(node, "end_lineno", None) or 0
        if isinstance(node, ast.For) and node.lineno < where[1] <= last:
            names += [name_of(n) for n in ast.walk(node.iter)]
        elif isinstance(node, ast.ListComp | ast.GeneratorExp) and node.lineno <= where[1] <= last:
            names += [name_of(n) for g in node.generators for n in ast.walk(g.iter)]
    for name in dict.fromkeys(n for n in names if n and n not in case.params):
        for node in ast.walk(tree) if tree is not None else ():
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr in ("append", "extend"):
                yield from [(where[0], called.lineno)] if name_of(called.value) == name else []
        written += assigned(case, name)
    yield from written
