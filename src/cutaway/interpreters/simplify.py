"""Rewrite a graph into a shorter and numerically safer one that computes the same.

Common subexpressions become one, constants are computed, dead equations go, algebra is tidied, and expressions that
overflow or lose their digits (``log(sigmoid(z))``, ``log(softmax(z))``, ``log(1 + exp(z))``, ...) become their stable
forms. :data:`RULES` is the whole list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cutaway.graph import Atom, Eqn, Graph, Var
from cutaway.interpreters.patterns import Rewrite, rewrite
from cutaway.ops.shape import astype
from cutaway.ops.special import cross_entropy_of_logits, log_softmax, logsumexp, sigmoid, softmax, softplus
from cutaway.tracing import Traced, bind, value_of
from cutaway.tracing.record import as_atom
from cutaway.tracing.recorder import Recorder


def _scalar(x: Any) -> bool:
    return type(x) is not Traced and np.ndim(x) == 0


def _bound(limit: float, like: Any, fn: Callable[[Any], Any]) -> float:
    """``fn(limit)`` as it comes out in the precision of ``like``: 1 - 1e-8 is 1 in float32."""
    with np.errstate(all="ignore"):
        return float(fn(np.asarray(limit, like.dtype)))


def _clip_log(log: Any, low: float, high: float) -> Any:
    """``log`` of a probability between two limits, of which those that no probability reaches are left out."""
    if high >= 0:
        return log if low == -np.inf else np.maximum(log, low)
    return np.clip(log, low, high)


def _log_clip(log: Any, low: Any, high: Any) -> Any:
    """``log(clip(exp(log), low, high))``: the same numbers, since log is increasing."""
    return _clip_log(log, _bound(low, log, np.log), _bound(high, log, np.log))


def _log_one_minus_clip(log_of_rest: Any, low: Any, high: Any) -> Any:
    def log_rest(limit: Any) -> Any:
        return np.log(1 - limit)

    return _clip_log(log_of_rest, _bound(high, log_of_rest, log_rest), _bound(low, log_of_rest, log_rest))


def _bounds(low: Any, high: Any, **_: Any) -> bool:
    return _scalar(low) and _scalar(high) and 0 < low < high


def _columns(z: Any, k: Any = None, **_: Any) -> bool:
    """Whether ``sum(z, axis=k)`` broadcasts against ``z`` as it would with ``keepdims``: samples in columns."""
    return k == 0 and np.ndim(z) == 2


def _bernoulli(text: str, sign: int) -> list[Rewrite]:
    """``y log p + (1 - y) log(1 - p)`` in one of its spellings; ``1 - y`` may be computed, or be a constant ``w``."""

    def replacement(z: Any, y: Any, w: Any = None) -> Any:
        return cross_entropy_of_logits(z, y) if sign > 0 else -cross_entropy_of_logits(z, y)

    def complementary(y: Any, w: Any, **_: Any) -> bool:
        constant = all(type(x) is not Traced or x.constant for x in (y, w))
        return constant and np.array_equal(1 - value_of(y), value_of(w))

    return [
        rewrite(text.format(rest="(1 - y)"), replacement),
        rewrite(text.format(rest="w"), replacement, complementary),
    ]


_SIGMOID = [
    rewrite("1 / (1 + exp(-z))", lambda z: sigmoid(z)),
    rewrite("(1 + exp(-z)) ** -1", lambda z: sigmoid(z)),
    rewrite("reciprocal(1 + exp(-z))", lambda z: sigmoid(z)),
    rewrite("exp(z) / (1 + exp(z))", lambda z: sigmoid(z)),
    rewrite("0.5 * (1 + tanh(0.5 * z))", lambda z: sigmoid(z)),
    rewrite("0.5 * (1 + tanh(z / 2))", lambda z: sigmoid(z)),
    rewrite("(1 + tanh(z / 2)) / 2", lambda z: sigmoid(z)),
    rewrite("0.5 + 0.5 * tanh(0.5 * z)", lambda z: sigmoid(z)),
    rewrite("log(1 + exp(z))", lambda z: softplus(z)),
    rewrite("log1p(exp(z))", lambda z: softplus(z)),
    rewrite("logaddexp(0, z)", lambda z: softplus(z)),
    rewrite("log(sigmoid(z))", lambda z: -softplus(-z)),
    rewrite("log(1 - sigmoid(z))", lambda z: -softplus(z)),
    rewrite("log1p(-sigmoid(z))", lambda z: -softplus(z)),
    rewrite("log(clip(sigmoid(z), low, high))", lambda z, low, high: _log_clip(-softplus(-z), low, high), _bounds),
    rewrite(
        "log(1 - clip(sigmoid(z), low, high))",
        lambda z, low, high: _log_one_minus_clip(-softplus(z), low, high),
        _bounds,
    ),
    rewrite(
        "log1p(-clip(sigmoid(z), low, high))",
        lambda z, low, high: _log_one_minus_clip(-softplus(z), low, high),
        _bounds,
    ),
    rewrite(
        "log(clip(1 - sigmoid(z), low, high))", lambda z, low, high: _log_clip(-softplus(z), low, high), _bounds
    ),
    *_bernoulli("y * -softplus(-z) + {rest} * -softplus(z)", -1),
    *_bernoulli("-(y * softplus(-z)) + -({rest} * softplus(z))", -1),
    *_bernoulli("-(y * softplus(-z)) - {rest} * softplus(z)", -1),
    *_bernoulli("y * softplus(-z) + {rest} * softplus(z)", 1),
    *_bernoulli("y * softplus(-z) - {rest} * -softplus(z)", 1),
    rewrite("softplus(z) - y * z", lambda y, z: cross_entropy_of_logits(z, y)),
]

_SOFTMAX = [
    rewrite("exp(z) / sum(exp(z), axis=k, keepdims=True)", lambda z, k: softmax(z, k)),
    rewrite("exp(z) / sum(exp(z), axis=k)", lambda z, k: softmax(z, k), _columns),
    rewrite("exp(z) / sum(exp(z))", lambda z: softmax(z, None)),
    rewrite("softmax(z - max(z, axis=k, keepdims=True), axis=k)", lambda z, k: softmax(z, k)),
    rewrite("softmax(z - max(z, axis=k), axis=k)", lambda z, k: softmax(z, k), _columns),
    rewrite("softmax(z - max(z), axis=k)", lambda z, k: softmax(z, k)),
    rewrite("log(softmax(z, axis=k))", lambda z, k: log_softmax(z, k)),
    rewrite(
        "log(clip(softmax(z, axis=k), low, high))",
        lambda z, k, low, high: _log_clip(log_softmax(z, k), low, high),
        _bounds,
    ),
    rewrite("log(sum(exp(z)))", lambda z: logsumexp(z)),
    rewrite("log(sum(exp(z), axis=k))", lambda z, k: logsumexp(z, k)),
    rewrite("log(sum(exp(z), axis=k, keepdims=True))", lambda z, k: logsumexp(z, k, keepdims=True)),
    rewrite(
        "logsumexp(z - max(z, axis=k, keepdims=True), axis=k, keepdims=True) + max(z, axis=k, keepdims=True)",
        lambda z, k: logsumexp(z, k, keepdims=True),
    ),
    rewrite("z - logsumexp(z, axis=k, keepdims=True)", lambda z, k: log_softmax(z, k)),
]

_ALGEBRA = [
    rewrite("x * 1", lambda x: x),
    rewrite("x / 1", lambda x: x),
    rewrite("x ** 1", lambda x: x),
    rewrite("x + 0", lambda x: x),
    rewrite("x - 0", lambda x: x),
    rewrite("0 - x", lambda x: -x),
    rewrite("x * -1", lambda x: -x),
    rewrite("x ** 2", lambda x: np.square(x)),
    rewrite("x ** 0.5", lambda x: np.sqrt(x)),
    rewrite("x * x", lambda x: np.square(x)),
    rewrite("-(-x)", lambda x: x),
    rewrite("mean(-x)", lambda x: -np.mean(x)),
    rewrite("sum(-x)", lambda x: -np.sum(x)),
    rewrite("x + -y", lambda x, y: x - y),
    rewrite("x - -y", lambda x, y: x + y),
    rewrite("-x * y", lambda x, y: -(x * y)),
    rewrite("-x / y", lambda x, y: -(x / y)),
    rewrite("-(x * a)", lambda x, a: x * -a, lambda a, **_: _scalar(a)),
    rewrite("-(x - y)", lambda x, y: y - x),
    rewrite("(x * a) * b", lambda x, a, b: x * (a * b), lambda a, b, **_: _scalar(a) and _scalar(b)),
    rewrite("(x / a) * b", lambda x, a, b: x * (b / a), lambda a, b, **_: _scalar(a) and _scalar(b)),
    rewrite("(x * a) / b", lambda x, a, b: x * (a / b), lambda a, b, **_: _scalar(a) and _scalar(b)),
]

RULES: tuple[Rewrite, ...] = (*_SIGMOID, *_SOFTMAX, *_ALGEBRA)
_BY_OP: dict[str, list[Rewrite]] = {}
for _rule in RULES:
    _BY_OP.setdefault(_rule.pattern.op, []).append(_rule)

_PASSES = 20  # far more than any graph needs: every rule makes a graph shorter or a form final


def simplify(graph: Graph) -> Graph:
    """A graph that computes the same outputs with fewer, numerically safer equations.

    Parameters
    ----------
    graph : Graph
        Any recorded graph.

    Returns
    -------
    Graph
        With the same inputs and outputs. Values agree to rounding where the original did not overflow or cancel, and
        are right where it did.

    Examples
    --------
    >>> import numpy as np, cutaway as ca
    >>> g = ca.trace(lambda z: np.log(1 / (1 + np.exp(-z))), np.array([-800.0]))
    >>> [eqn.primitive.fn.__name__ for eqn in ca.simplify(g).eqns]
    ['negative', 'softplus', 'negative']
    >>> ca.run(ca.simplify(g), np.array([-800.0]))
    (array([-800.]),)
    """
    for _ in range(_PASSES):
        shorter, changed = _one_pass(graph)
        graph = _without_dead(shorter)
        if not changed:
            break
    return graph


def _one_pass(graph: Graph) -> tuple[Graph, bool]:
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
            replaced = _apply_rules(recorder, eqn, producers)
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


def _apply_rules(recorder: Recorder, eqn: Eqn, producers: dict[Var, Eqn]) -> Atom | None:
    """The value that an equation is replaced by, recorded; None if no rule applies."""
    special = _structural(recorder, eqn, producers)
    if special is not None:
        return as_atom(recorder, special)
    for rule in _BY_OP.get(eqn.primitive.fn.__name__, ()):
        bound = rule.pattern.match_eqn(eqn, producers, {})
        if bound is None:
            continue
        values = {k: Traced(recorder, a) if isinstance(a, Var) else a for k, a in bound.items()}
        if not rule.when(**values):
            continue
        result = rule.replacement(**values)
        if np.shape(result) != eqn.output.shape:
            continue  # a broadcast that the rule does not see
        if result.dtype != eqn.output.dtype:
            result = astype(result, eqn.output.dtype)
        return as_atom(recorder, result)
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
    if name == "reshape" and before_name == "reshape" and source is not None:
        return np.reshape(source, eqn.params["shape"])
    if name == "transpose" and before_name == "transpose" and not eqn.params and before and not before.params:
        return source
    if name == "log" and before_name == "take_at" and isinstance(below, Var) and before:
        inner = producers.get(below)  # log(softmax(z)[rows, labels]): the logarithm first, then the choice
        if inner and inner.primitive.fn.__name__ in ("softmax", "sigmoid"):
            arrays = [Traced(recorder, a) if isinstance(a, Var) else a for a in before.inputs[1:]]
            return bind(before.primitive, np.log(source), *arrays, **before.params)
    return None


def _uniform_constants(eqn: Eqn, inputs: tuple[Atom, ...], varying: set[Var]) -> tuple[Atom, ...]:
    """A constant array whose entries are all equal is read as a number, where that leaves shape and dtype alone."""
    if not eqn.primitive.elementwise or len(inputs) != 2:
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


def _without_dead(graph: Graph) -> Graph:
    """Drop equations that neither an output nor a decision of the program needs."""
    needed = {a for a in graph.outputs if isinstance(a, Var)}
    needed.update(p.var for p in graph.peeks if p.var is not None and p.kind in ("branch", "index"))
    kept = []
    for eqn in reversed(graph.eqns):
        if eqn.output in needed:
            kept.append(eqn)
            needed.update(a for a in eqn.inputs if isinstance(a, Var))
    return Graph(graph.inputs, tuple(reversed(kept)), graph.outputs, graph.peeks, graph.name)
