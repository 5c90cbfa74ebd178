"""Apply rewrite rules to a graph until nothing changes; on the way, share equal equations and drop unneeded ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np

from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.interpreters.joins import joined
from cutaway.interpreters.patterns import Rewrite
from cutaway.ops.shape import astype
from cutaway.tracing import Traced, bind
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder

Rules: TypeAlias = dict[str, list[Rewrite]]
_KINKS = (np.maximum, np.minimum, np.fmax, np.fmin)  # their slope at a tie with a number is not that with an array
_PASSES = 20  # far more than any graph needs: every rule makes a graph shorter or a form final


def by_op(rules: Iterable[Rewrite]) -> Rules:
    """Rules by the function that they are about."""
    table: Rules = {}
    for rule in rules:
        table.setdefault(rule.pattern.op, []).append(rule)
    return table


def rewritten(graph: Graph, rules: Rules) -> Graph:
    """A graph of the same inputs and outputs to which none of ``rules`` applies any more."""
    for _ in range(_PASSES):
        shorter, changed = _one_pass(graph, rules)
        graph = without_dead(shorter)
        if not changed:
            break
    return graph


def _one_pass(graph: Graph, rules: Rules) -> tuple[Graph, bool]:
    recorder = Recorder.reopen(graph, eqns=())
    producers: dict[Var, Eqn] = {}
    known: dict[Any, Var] = {}
    new: dict[Var, Atom] = {}
    changed = False
    for eqn in graph.eqns:
        inputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in eqn.inputs)
        inputs = _uniform_constants(eqn, inputs, recorder.varying)
        if inputs != eqn.inputs:
            eqn = Eqn(eqn.primitive, inputs, eqn.params, eqn.output, eqn.where, eqn.of)
        if not any(a in recorder.varying for a in inputs if isinstance(a, Var)):
            new[eqn.output] = Var(eqn.output.value, eqn.output.name)
            changed = True
            continue
        key = _key(eqn)
        if key in known:
            new[eqn.output] = known[key]
            continue
        recorder.origin = eqn.of or eqn
        start = len(recorder.eqns)
        with np.errstate(all="ignore"):
            replaced = _apply_rules(recorder, eqn, producers, rules)
        recorder.origin = None
        if replaced is None:
            recorder.eqns.append(eqn)
            recorder.varying.add(eqn.output)
            known[key] = eqn.output
        else:
            new[eqn.output] = replaced
            changed = True
            if isinstance(replaced, Var) and replaced.name is None:
                replaced.name = eqn.output.name
        producers.update((e.output, e) for e in recorder.eqns[start:])
    outputs = tuple(new.get(a, a) if isinstance(a, Var) else a for a in graph.outputs)
    peeks = tuple(type(p)(p.kind, _moved(new, p.var), p.where) for p in graph.peeks)
    return Graph(graph.inputs, tuple(recorder.eqns), outputs, peeks, graph.name), changed


def _moved(new: dict[Var, Atom], var: Var | None) -> Var | None:
    atom = new.get(var, var) if var is not None else None
    return atom if isinstance(atom, Var) else None


def _apply_rules(recorder: Recorder, eqn: Eqn, producers: dict[Var, Eqn], rules: Rules) -> Atom | None:
    """The value that an equation is replaced by, recorded; None if no rule applies."""
    special = _structural(recorder, eqn, producers)
    if special is not None:
        return as_atom(recorder, special)
    matches = (
        (rule, b)
        for rule in rules.get(eqn.primitive.fn.__name__, ())
        for b in rule.pattern.match_eqn(eqn, producers, {})
    )
    start = len(recorder.eqns)
    for rule, bound in matches:
        values = {k: Traced(recorder, a) if isinstance(a, Var) else a for k, a in bound.items()}
        if not rule.when(**values):
            continue
        result = rule.replacement(**values)
        if np.shape(result) != eqn.output.shape:
            continue  # a broadcast that the rule does not see
        if result.dtype != eqn.output.dtype:
            result = astype(result, eqn.output.dtype)
        atom = as_atom(recorder, result)
        made = next((e for e in recorder.eqns[start:] if e.output is atom), None)
        further = _apply_rules(recorder, made, producers, rules) if made else None
        return atom if further is None else further
    return None


def _structural(recorder: Recorder, eqn: Eqn, producers: dict[Var, Eqn]) -> Any:
    """Rules about shapes and parameters, which no pattern expresses."""
    name, x = eqn.primitive.fn.__name__, eqn.inputs[0] if eqn.inputs else None
    if not isinstance(x, Var):
        return None
    before = producers.get(x)
    below = before.inputs[0] if before and before.inputs else None
    source = Traced(recorder, below) if isinstance(below, Var) else None
    before_name = before.primitive.fn.__name__ if before else ""
    if name in ("reshape", "broadcast_to", "astype", "copy") and (x.shape, x.dtype) == (
        eqn.output.shape,
        eqn.output.dtype,
    ):
        return Traced(recorder, x)
    if (
        name in ("sum", "mean", "max", "min", "prod")
        and np.size(eqn.output.value) == np.size(x.value)
        and eqn.output.dtype == x.dtype
    ):
        return np.reshape(Traced(recorder, x), eqn.output.shape)  # over axes of length 1
    if name == "reshape" and before_name == "reshape" and source is not None:
        return np.reshape(source, eqn.params["shape"])
    if name == "transpose" and before_name == "transpose" and not eqn.params and before and not before.params:
        return source
    if name == "log" and before_name == "take_at" and isinstance(below, Var) and before and source is not None:
        inner = producers.get(below)  # log(softmax(z)[rows, labels]): the logarithm first, then the choice
        if inner and inner.primitive.fn.__name__ in ("softmax", "sigmoid"):
            arrays = [Traced(recorder, a) if isinstance(a, Var) else a for a in before.inputs[1:]]
            return bind(before.primitive, np.log(source), *arrays, **before.params)
    return joined(recorder, eqn, producers)


def _uniform_constants(eqn: Eqn, inputs: tuple[Atom, ...], varying: set[Var]) -> tuple[Atom, ...]:
    """A constant array whose entries are all equal is read as a number, where that leaves shape and dtype alone."""
    if not eqn.primitive.elementwise or len(inputs) != 2 or eqn.primitive.fn in _KINKS:
        return inputs
    for i, other in ((0, inputs[1]), (1, inputs[0])):
        a = inputs[i]
        if not isinstance(a, Var) or not isinstance(other, Var) or not isinstance(a.value, np.ndarray):
            continue
        if other.shape != eqn.output.shape or a.dtype != other.dtype or a.dtype.kind != "f" or a in varying:
            continue
        if a.value.size and (a.value == a.value.flat[0]).all():
            number = float(a.value.flat[0])
            return (number, other) if i == 0 else (other, number)
    return inputs


def _key(eqn: Eqn) -> Any:
    """Equal for equations that compute the same."""

    def atom(a: Atom) -> Any:
        return id(a) if isinstance(a, Var) else (type(a), repr(a))

    def param(v: Any) -> Any:
        return id(v) if hasattr(v, "__array__") or hasattr(v, "indptr") else repr(v)

    return eqn.primitive, tuple(map(atom, eqn.inputs)), tuple((k, param(v)) for k, v in sorted(eqn.params.items()))


def without_dead(graph: Graph) -> Graph:
    """Drop equations that neither an output nor a decision of the program needs."""
    needed = {a for a in graph.outputs if isinstance(a, Var)}
    needed.update(p.var for p in graph.peeks if p.var is not None and p.kind in ("branch", "index"))
    kept = []
    for eqn in reversed(graph.eqns):
        if eqn.output in needed:
            kept.append(eqn)
            needed.update(a for a in eqn.inputs if isinstance(a, Var))
    return Graph(graph.inputs, tuple(reversed(kept)), graph.outputs, graph.peeks, graph.name)
