"""A loss that is summed over a table of every label with every prediction, where only its diagonal is meant.

``Y.T @ np.log(A)`` has the samples twice. The proof is the author's own gradient: it is that of the diagonal's sum.
Where that is wrong too, a logarithm of predictions that is multiplied by labels and then summed needs none.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cutaway.checking.correction import expression
from cutaway.checking.findings.comparison import at
from cutaway.checking.findings.remade import computed, remade
from cutaway.checking.lines.places import place_of
from cutaway.checking.records import Finding
from cutaway.checking.truth import Point, Truth, differentiate
from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.ops.linear import EINSUM, MATMUL
from cutaway.ops.shape import RESHAPE, TRANSPOSE
from cutaway.tracing import PRIMITIVES

THROUGH = ("add", "subtract", "negative", "reshape", "transpose", "astype", "copy")
SCALES = ("multiply", "divide")
PAIRED = ("multiply", "subtract")  # of a column and a row
MOST = 6  # tables of one loss


def paired(truth: Truth) -> list[Finding]:
    """Let the truth be about the loss of each sample with its own label, if that is the one that was meant."""
    seen = [p for p in truth.points if p.graph is not None and p.exact and p.trusted]
    tables = _tables(seen[0].graph) if seen else []
    if not 0 < len(tables) <= MOST or all(p.user and _agrees(p) for p in seen):
        return []
    meant = [_with_diagonals(p) for p in seen]
    known = [m for m in meant if m is not None]
    if len(known) < len(seen):
        return []
    proved = all(m.user and _agrees(m) for m in known)
    if not proved and not all(_of_logarithms(seen[0], eqn) for eqn in tables):
        return []
    before, after = seen[0].value, known[0].value
    for point, other in zip(seen, known, strict=True):
        point.graph, point.backprop, point.exact = other.graph, other.backprop, other.exact
        point.bare, point.unguarded, point.value = other.bare, other.unguarded, other.value
    return list(_said(tables, seen[0], before, after, proved))


def _agrees(point: Point) -> bool:
    """Whether the author's gradient is that of the loss, with the guards of its logarithms or without them."""
    errors = point.errors(point.user)
    if point.unguarded:
        errors = {n: min(e, point.error(n, point.user[n], point.unguarded)) for n, e in errors.items()}
    return set(errors) == set(point.exact) and all(e <= point.tolerance for e in errors.values())


def _tables(graph: Graph | None) -> list[Eqn]:
    """The products of which only a diagonal may be meant: what they are summed over is the same thing twice."""
    if graph is None:
        return []
    live: set[Atom] = set(graph.inputs)
    live.update(e.output for e in graph.eqns if not live.isdisjoint(a for a in e.inputs if isinstance(a, Var)))
    found = [e for e in graph.eqns if e.output in live and _diagonal(e) is not None]
    return [e for e in found if e.primitive.name in PAIRED or _summed(graph, e)]


def _diagonal(eqn: Eqn) -> Callable[[Any, Any], Iterator[Eqn]] | None:
    """How the diagonal of a table is computed instead, as a column; None for what is no such table."""
    if len(eqn.inputs) != 2:
        return None
    a, b = (np.shape(x.value) if isinstance(x, Var) else np.shape(x) for x in eqn.inputs)
    name = eqn.primitive.name
    if eqn.primitive is MATMUL and len(a) == len(b) == 2 and a == b[::-1] and a[0] > 1:
        return lambda x, y: _column(eqn, x, y, "ij,ji->i")
    if eqn.primitive is EINSUM and len(a) == len(b) == 2:
        terms, _, output = eqn.params["subscripts"].partition("->")
        first, second = terms.split(",")
        common = set(first) & set(second)
        free = [next(iter(set(t) - common), "") for t in (first, second)]
        if len(common) == 1 and all(free) and set(output) in (set(), set(free)):
            sizes = dict(zip(first, a, strict=True)), dict(zip(second, b, strict=True))
            if sizes[0][free[0]] == sizes[1][free[1]] > 1:
                spelled = f"{first},{second.replace(free[1], free[0])}->"
                return lambda x, y: _column(eqn, x, y, spelled + (free[0] if output else ""))
    if name in PAIRED and len(a) == len(b) == 2 and a == b[::-1] and sorted(a)[0] == 1 < max(a):
        return lambda x, y: _columns(eqn, x, y)
    return None


def _column(eqn: Eqn, x: Any, y: Any, subscripts: str) -> Iterator[Eqn]:
    line = computed(EINSUM, (x, y), {"subscripts": subscripts}, eqn)
    yield line
    if line.output.shape:
        yield computed(RESHAPE, (line.output,), {"shape": (line.output.shape[0], 1)}, eqn)


def _columns(eqn: Eqn, x: Any, y: Any) -> Iterator[Eqn]:
    """A row and a column as two columns."""
    turned = []
    for a in (x, y):
        if np.shape(a.value if isinstance(a, Var) else a)[0] == 1:
            column = computed(TRANSPOSE, (a,), {}, eqn)
            yield column
            turned.append(column.output)
        else:
            turned.append(a)
    yield computed(eqn.primitive, tuple(turned), eqn.params, eqn)


def _with_diagonals(point: Point) -> Point | None:
    """What is known at a point of the loss that has the diagonals of its tables instead of them."""
    assert point.graph is not None
    tables = {e.output for e in _tables(point.graph)}

    def instead(eqn: Eqn, inputs: tuple[Atom, ...]) -> Iterator[Eqn] | None:
        diagonal = _diagonal(eqn) if eqn.output in tables else None
        return diagonal(*inputs) if diagonal is not None else None

    graph = remade(point.graph, {}, instead)
    end = graph.outputs[0] if graph is not None else None
    if graph is None or not isinstance(end, Var) or np.size(end.value) != 1:
        return None
    found = replace(point, graph=graph, bare=None, unguarded={})
    differentiate(found)
    found.value = float(np.ravel(end.value)[0])
    return found


def _of_logarithms(point: Point, eqn: Eqn) -> bool:
    """Whether a table is that of labels with logarithms of predictions."""
    assert point.graph is not None
    made = {e.output: e for e in point.graph.eqns}
    fixed = [a for a in eqn.inputs if not isinstance(a, Var) or a not in made]
    live = [a for a in eqn.inputs if isinstance(a, Var) and a in made]
    return len(fixed) == len(live) == 1 and _shares(fixed[0]) and _is_log(made, live[0])


def _summed(graph: Graph, eqn: Eqn) -> bool:
    """Whether all entries of a product go into sums as they are, and nothing else is done with them."""
    todo = [eqn.output]
    while todo:
        value = todo.pop()
        for user in (e for e in graph.eqns if value in e.inputs):
            kind = user.primitive.name.rpartition(".")[2]
            others = [np.size(a.value if isinstance(a, Var) else a) for a in user.inputs if a is not value]
            scaled = kind in SCALES and others in ([1], [])
            if kind in ("sum", "mean") or np.size(user.output.value) == 1:
                continue
            if kind not in THROUGH and not scaled:
                return False
            todo.append(user.output)
    return True


def _shares(atom: Any) -> bool:
    """Whether numbers may be labels: none below 0 or above 1."""
    value = np.asarray(atom.value if isinstance(atom, Var) else atom)
    return bool(value.size and value.min() >= 0 and value.max() <= 1)


def _is_log(made: dict[Any, Eqn], atom: Any) -> bool:
    while atom in made and made[atom].primitive.name in ("transpose", "reshape", "negative"):
        atom = made[atom].inputs[0]
    return atom in made and made[atom].primitive.name in ("log", "log2", "log10")


def _said(tables: list[Eqn], point: Point, before: float, after: float, proved: bool) -> Iterator[Finding]:
    """One finding for each line that computes such a table."""
    done: set[tuple[str, int]] = set()
    for eqn in tables:
        where = place_of(eqn)
        if where in done:
            continue
        first, n = not done, max(max(np.shape(a.value if isinstance(a, Var) else a)) for a in eqn.inputs)
        done.add(where)
        shape = eqn.output.shape or (n, n)
        rest = " Your gradient is that of this loss." if proved else ""
        yield Finding(
            "table-for-products",
            "loss",
            f"A table of shape {shape} is summed here: everything meets everything, each label also the predictions of "
            f"the others; its own stands on the diagonal. The loss is {before:.4g}, it should be {after:.4g}.{rest}",
            _fix(point, eqn),
            evidence={"table": list(shape), "loss": before, "meant": after, "gradient_agrees": proved},
            wrong=r"\sum_{i,j} y_i \log p_j",
            right=r"\sum_i y_i \log p_i",
            hint="Print the shape of what the loss sums.",
            certain=first or proved,
            **at(where),
        )


def _fix(point: Point, eqn: Eqn) -> str:
    """The product entry by entry, in the author's words where these are a product of two things."""
    stack = point.stacks.get(eqn.output)
    node, source = expression(stack.spots[0]) if stack is not None and stack.spots else (None, None)
    sides: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        module = isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
        sides = [*([] if module else [node.func.value]), *node.args][-2:]
    if node is None or source is None or len(sides) != 2 or eqn.primitive is EINSUM:
        return "Multiply entry by entry before the sum: np.sum(Y * np.log(A))"
    sign = "-" if eqn.primitive is PRIMITIVES["numpy.subtract"] else "*"
    turned = [isinstance(s, ast.Attribute) and s.attr == "T" for s in sides]
    plain = [
        s.value if isinstance(s, ast.Attribute) and turned[k] and not all(turned) else s for k, s in enumerate(sides)
    ]
    texts = [f"({ast.unparse(s)})" if isinstance(s, ast.BinOp) else ast.unparse(s) for s in plain]
    if turned[0] == turned[1] and not ast.unparse(node).startswith("np.outer"):
        texts[1] += ".T"
    return f"Write {texts[0]} {sign} {texts[1]} instead of {ast.unparse(node)}"
