"""Labels that were multiplied into the rows of the inputs, where some of them are 0: these rows become zeros.

A loss of margins is often given ``Z = y[:, None] * X``, for labels -1 and 1. With 0 and 1 the samples of one class
count nothing: whatever the weights are, their margin is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from cutaway.checking.lines.places import Where, at_each, place_of
from cutaway.checking.lints.data.targets import places_of
from cutaway.checking.lints.graphs import PARTS, PRODUCTS, inputs_of, plain
from cutaway.checking.lints.rewards import Slopes, slopes_by
from cutaway.checking.lints.samples import families
from cutaway.checking.lints.single_rewards import RESULT, at_points
from cutaway.checking.recognition import recorded_loss
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.observe import logs_of
from cutaway.checking.truth import look
from cutaway.graph import Graph, Var

FEWEST = 2  # samples of each label
LONGEST = 12_000  # equations of the loss
OWN = (*PARTS, "negative")


def folded_labels(case: Case) -> list[Finding]:
    """Rows of zeros in the inputs of a loss of margins, that were other numbers before they met a label of 0."""
    if "folded labels" not in case.notes:
        case.notes["folded labels"] = list(_folded(case))
    found: list[Finding] = case.notes["folded labels"]
    return found


def _folded(case: Case) -> Iterator[Finding]:
    graph = recorded_loss(case)
    for own, table, met, slopes in _margins(case, graph) if graph is not None and len(graph.eqns) <= LONGEST else ():
        empty = ~np.any(table, axis=1)
        count = int(empty.sum())
        if min(count, len(table) - count) < FEWEST or _others(own, table):
            continue
        twin = _twin(case, table, empty)
        y = _labels(case, empty)
        if twin is None or y is None:
            continue
        found = slopes()
        tried = found[0] if found is not None else np.zeros(1)
        if not np.any(tried) or not (np.all(tried <= 0) or np.all(tried >= 0)):
            continue  # no loss of margins
        made = [*places_of(case, *y), *places_of(case, "", table), met]
        finding = Finding(
            "labels-not-rewarded",
            "data",
            f"{count} of the {len(table)} rows that the loss is given are zeros: the labels are multiplied into them, "
            f"and {count} of these are 0. The samples of one class count nothing, whatever the weights are.",
            "Use the labels -1 and 1: y = 2 * y - 1, before they are multiplied into the rows.",
            evidence={"labels": len(table), "labels_not_rewarded": count, "rows_of_zeros": count},
            hint="Print a few of the rows that the loss gets, of both classes.",
        )
        for i, here in enumerate(at_each(case, finding, made, "Or here, where the labels meet the rows.", most=4)):
            yield replace(here, kind="loss") if i and (here.file, here.line) == met else here
        return


def _margins(case: Case, graph: Graph) -> Iterator[tuple[Graph, Array, Where, Callable[[], Slopes | None]]]:
    """The products of a table of samples with parameters: graph, table, line, and what finds the slopes by them."""
    for eqn, x, axis in inputs_of(graph):
        other = next(a for a in eqn.inputs if a is not x)
        if np.size(eqn.output.value) == np.shape(x.value)[axis] and _is_parameter(graph, other):
            data = plain(x)
            yield graph, data if axis == 0 else data.T, place_of(eqn), partial(slopes_by, graph, [eqn.output])
    point = look(case)
    single = point.graph
    for family in families(single, point, PRODUCTS, None) if single is not None else ():
        if single is not None and family.fixed.ndim == 2 and all(_is_parameter(single, v) for v in family.live):
            by_samples = partial(slopes_by, single, [e.output for e in family.eqns])
            slopes = partial(at_points, case, point, family, RESULT) if single.peeks else by_samples
            yield single, family.fixed, place_of(family.eqns[0]), slopes


def _is_parameter(graph: Graph, atom: object) -> bool:
    """Whether a value is a parameter, or a part of one, perhaps with the other sign."""
    made = {e.output: e for e in graph.eqns}
    while isinstance(atom, Var) and atom in made and made[atom].primitive.name.rpartition(".")[2] in OWN:
        atom = made[atom].inputs[0]
    return atom in graph.inputs


def _others(graph: Graph, table: Array) -> bool:
    """Whether the loss is given other numbers of the samples as well: labels of their own, or targets."""
    varying = {*graph.inputs, *(e.output for e in graph.eqns)}
    fixed = {a for e in graph.eqns for a in e.inputs if isinstance(a, Var) and a not in varying}
    for atom in fixed:
        value = np.asarray(atom.value)
        own = value.shape == table.shape or value.shape == table.shape[::-1]
        if len(table) in value.shape and value.dtype.kind in "fiu" and np.ptp(value) and not own:
            return True
    used = [e for e in graph.eqns for a in e.inputs if a in fixed and np.shape(getattr(a, "value", a)) == table.shape]
    return any(e.primitive.name not in PRODUCTS for e in used)


def _arrays(case: Case) -> Iterator[tuple[str, Array]]:
    """All arrays of numbers that were seen, and the program's lists as arrays."""
    for log in logs_of(case):
        for c in log.changes:
            if isinstance(c.new, np.ndarray) and c.new.dtype.kind in "fiub":
                yield c.name, np.asarray(c.new, dtype=float)
    program = case.notes.get("program")
    for name, value in list(program.namespace.items()) if program is not None else ():
        if isinstance(value, list | tuple | np.ndarray):
            try:
                yield name, np.asarray(value, dtype=float)
            except (TypeError, ValueError):
                continue


def _twin(case: Case, table: Array, empty: Array) -> Array | None:
    """A table with the same rows, but for a factor, and with other numbers than zeros where these are empty."""
    for _, found in _arrays(case):
        for rows in (found, found.T) if found.ndim == 2 else ():
            if len(rows) != len(table) or not 0 < rows.shape[1] <= table.shape[1] or not np.any(rows[empty]):
                continue
            full = rows[~empty]
            for start in (0, table.shape[1] - rows.shape[1]):
                part = table[~empty, start : start + rows.shape[1]]
                factor = float(np.sum(part * full)) / max(float(np.sum(full * full)), 1e-300)
                if factor and np.allclose(part, factor * full, rtol=1e-9, atol=0):
                    return rows
    return None


def _labels(case: Case, empty: Array) -> tuple[str, Array] | None:
    """The name and the numbers of labels that are 0 for the empty rows, and one other number for all others."""
    for name, y in _arrays(case):
        flat = y.ravel()
        if flat.size == empty.size and np.array_equal(flat == 0, empty) and len(np.unique(flat)) == 2:
            return name, y
    return None


def folded(case: Case) -> Iterator[Finding]:
    """The lint of :func:`folded_labels`."""
    yield from folded_labels(case)
