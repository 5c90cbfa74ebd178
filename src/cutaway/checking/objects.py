"""A network that is an object: its parameters among its attributes, its loss and its backward pass among its methods.

Every run happens on a copy of the object. Where ``backward`` updates the parameters itself, the gradient is worked out
from their change.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cutaway.checking.log import DEEPEST, LONGEST
from cutaway.checking.records import Array, Case, Place
from cutaway.checking.sources.losses import LOSS, scalar
from cutaway.checking.sources.snapshots import Path, clone, get, put
from cutaway.checking.watch import is_users
from cutaway.errors import UsageError
from cutaway.tracing import Traced

FORWARD = (
    "forward",
    "feedforward",
    "feed_forward",
    "forward_pass",
    "forward_propagation",
    "predict_proba",
    "predict",
    "__call__",
)
LOSSES = ("loss", "cost", "compute_loss", "compute_cost", "loss_function", "objective", "cross_entropy", "mse", "error")
BACKWARD = (
    "backward",
    "backprop",
    "gradients",
    "gradient",
    "grad",
    "grads",
    "backpropagate",
    "back_propagate",
    "backpropagation",
    "back_propagation",
    "backward_pass",
    "backward_propagation",
    "compute_gradients",
    "backprop_step",
)
TRAIN = ("train_step", "step", "update", "train", "fit", "learn")

MEANING = (
    (re.compile(r"^(x\w*|inputs?|data|features|a0|samples)$", re.I), "X"),
    (re.compile(r"^(y_?hat|y_?pred\w*|pred\w*|outputs?|out|yhat|probs?|p|a|al|a2|o)$", re.I), "output"),
    (re.compile(r"^(y\w*|t|targets?|labels?|want\w*|truth|expected)$", re.I), "y"),
    (re.compile(r"^(lr|learning_?rate|alpha|eta|rate|l_rate|step_?size)$", re.I), "lr"),
    (re.compile(r"^(n_?)?(epochs?|iter\w*|steps?|num_?\w+|rounds?|max_iter)$", re.I), "once"),
    (re.compile(r"^(verbose|print\w*|log\w*)$", re.I), "quiet"),
)
EXAMPLE = 'ca.check(loss, gradients, {"W1": net.W1, "b1": net.b1})'


def case_of(net: Any, X: Any, y: Any) -> Case:
    """The case that an object and its data make.

    Parameters
    ----------
    net : object
        With weights among its attributes (arrays, lists or dicts of arrays, layers), and with methods that are called
        like a loss and a backward pass, ``loss(X, y)`` and ``backward(X, y)``.
    X, y : arrays
        What the methods are called with.

    Raises
    ------
    UsageError
        If the parameters, the loss or the backward pass are not found; the message says what was looked for.
    """
    if X is None or y is None:
        raise UsageError("check needs data for a network object", instead="Write ca.check(net, X, y)")
    X, y = np.asarray(X), np.asarray(y)
    finder = _Finder(net, X, y)
    loss = finder.loss()
    backward = finder.backward()
    names = finder.parameters(loss)
    rate = finder.rate
    gradients = finder.gradients(backward, names, rate, loss)
    code = getattr(type(net), backward).__code__
    return Case(
        params={n: np.array(get(net, path)) for n, path in names.items()},
        loss=_composed(net, X, y, loss, names),
        gradients=gradients,
        lr=rate,
        data={"X": X, "y": y},
        origins=_origins(net, names),
        file=code.co_filename,
    )


def _origins(net: Any, names: Mapping[str, Path]) -> dict[str, Place]:
    return {}


def _composed(
    net: Any, X: Array, y: Array, method: str, names: Mapping[str, Path]
) -> Callable[[Mapping[str, Any]], Any]:
    # the object and the data stand in the closure: a recording looks for arrays there
    def loss(p: Mapping[str, Any]) -> Any:
        copy = _with(net, names, p)
        return scalar(_called(copy, method, X, y, 0.1))

    return loss


def _with(net: Any, names: Mapping[str, Path], p: Mapping[str, Any]) -> Any:
    """A copy of the object with other parameters."""
    memo: dict[int, Any] = {}
    for name, path in names.items():
        new = Traced(p[name].recorder, p[name].variable) if type(p[name]) is Traced else np.array(p[name])
        memo[id(get(net, path))] = new
    copy = clone(net, memo)
    for name, path in names.items():
        if not isinstance(get(net, path), np.ndarray):
            put(copy, path, p[name] if type(p[name]) is Traced else float(p[name]))
    return copy


def _called(net: Any, method: str, X: Any, y: Any, rate: float) -> Any:
    """Call a method with what the names of its parameters ask for; first, what it needs to have happened before."""
    fn = getattr(net, method)
    wanted = _wanted(fn)
    output = None
    if "output" in wanted.values() or (method in BACKWARD and "X" not in wanted.values()):
        forward = next((m for m in FORWARD if _has(net, m)), None)
        if forward is not None:
            output = getattr(net, forward)(X)
    elif method in BACKWARD:
        forward = next((m for m in FORWARD if _has(net, m)), None)
        if forward is not None:
            output = getattr(net, forward)(X)  # what it keeps for the way back
    values = {"X": X, "y": y, "output": output, "lr": rate, "once": 1, "quiet": False}
    return fn(**{name: values[meaning] for name, meaning in wanted.items()})


def _wanted(fn: Callable[..., Any]) -> dict[str, str]:
    """What each parameter of a method stands for; those with a default that nothing is known of are left out."""
    found: dict[str, str] = {}
    for name, parameter in inspect.signature(fn).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        meaning = next((m for pattern, m in MEANING if pattern.match(name)), None)
        if parameter.default is not parameter.empty and meaning in (None, "lr", "output"):
            continue
        if meaning is None:
            meaning = next((m for m in ("X", "y", "output") if m not in found.values()), "X")
        found[name] = meaning
    return found


def _has(net: Any, name: str) -> bool:
    return callable(getattr(net, name, None))


class _Finder:
    """Looks for what is needed in one object."""

    def __init__(self, net: Any, X: Array, y: Array) -> None:
        self.net, self.X, self.y = net, X, y
        self.methods = [m for m in dir(net) if not m.startswith("__") and _has(net, m)]

    def loss(self) -> str:
        """The method that gives one number for X and y."""
        named = [m for m in LOSSES if m in self.methods]
        named += [m for m in self.methods if LOSS.search(m) and m not in named and "grad" not in m and "deriv" not in m]
        for method in named:
            try:
                value = _called(clone(self.net, {}), method, self.X, self.y, 0.1)
            except Exception:
                continue
            if np.size(value) == 1 and np.asarray(value).dtype.kind == "f":
                return method
        raise UsageError(
            "No loss was found in the object: a method called loss, cost or the like, that gives one number "
            "for X and y",
            received=f"{type(self.net).__name__} with {', '.join(self.methods) or 'no methods'}",
            instead=f"Give it one, or write {EXAMPLE}",
        )

    def backward(self) -> str:
        """The method that computes gradients, or updates the parameters."""
        for method in (*BACKWARD, *TRAIN):
            if method not in self.methods:
                continue
            try:
                _called(clone(self.net, {}), method, self.X, self.y, 0.1)
            except Exception:
                continue
            return method
        raise UsageError(
            f"No backward pass was found in the object: a method called {', '.join(BACKWARD[:5])} or the like, "
            f"that can be "
            "called with X and y",
            received=f"{type(self.net).__name__} with {', '.join(self.methods) or 'no methods'}",
            instead=f"Give it one, or write {EXAMPLE}",
        )

    @property
    def rate(self) -> float:
        """The learning rate that the object carries, or a small one of ours."""
        for name, value in vars(self.net).items():
            if isinstance(value, float) and any(p.match(name) and m == "lr" for p, m in MEANING):
                return value
        for method in (*BACKWARD, *TRAIN):
            for name, parameter in (
                inspect.signature(getattr(self.net, method)).parameters.items() if _has(self.net, method) else ()
            ):
                if isinstance(parameter.default, float) and any(p.match(name) and m == "lr" for p, m in MEANING):
                    return parameter.default
        return 0.1

    def parameters(self, loss: str) -> dict[str, Path]:
        """The arrays of floats among the attributes on which the loss depends."""
        found: dict[str, Path] = {}
        _arrays(self.net, (), found, set())
        base = float(np.asarray(scalar(_called(clone(self.net, {}), loss, self.X, self.y, 0.1))))
        rng = np.random.default_rng(0)
        chosen: dict[str, Path] = {}
        for name, path in found.items():
            value = np.asarray(get(self.net, path))
            size = max(float(np.abs(value).max(initial=0)), 1e-2)
            for _ in range(2):
                nudged = (value + 1e-2 * size * rng.normal(size=value.shape)).astype(value.dtype)
                try:
                    changed = float(
                        np.asarray(scalar(_composed(self.net, self.X, self.y, loss, {name: path})({name: nudged})))
                    )
                except Exception:
                    break
                if changed != base:
                    chosen[name] = path
                    break
        if not chosen:
            raise UsageError(
                f"No parameters were found in the object: attributes that are arrays of floats on which {loss} depends",
                received=", ".join(found) or "no arrays of floats",
                instead=f"Write {EXAMPLE}",
            )
        return chosen

    def gradients(
        self, method: str, names: dict[str, Path], rate: float, loss: str
    ) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """The author's gradients: what the method returns, what it keeps in attributes, or what it changes."""
        net, X, y = self.net, self.X, self.y
        copy = clone(net, {})
        result = _called(copy, method, X, y, rate)
        moved = {n for n, path in names.items() if not np.array_equal(get(copy, path), get(net, path))}
        if moved:

            def by_change(p: Mapping[str, Any]) -> dict[str, Any]:
                after = _with(net, names, p)
                _called(after, method, X, y, rate)
                return {n: (p[n] - get(after, path)) / rate for n, path in names.items()}

            return by_change
        shapes = {n: np.shape(get(net, path)) for n, path in names.items()}
        returned = _matched(shapes, _flat(result))
        if returned:

            def by_result(p: Mapping[str, Any]) -> dict[str, Any]:
                values = dict(_flat(_called(_with(net, names, p), method, X, y, rate)))
                return {n: values[way] for n, way in returned.items()}

            return by_result
        kept: dict[str, Path] = {}
        _arrays(copy, (), kept, set())
        attributes = _matched(shapes, [(n, get(copy, path)) for n, path in kept.items() if n not in names])
        if attributes:

            def by_attribute(p: Mapping[str, Any]) -> dict[str, Any]:
                after = _with(net, names, p)
                _called(after, method, X, y, rate)
                return {n: get(after, kept[a]) for n, a in attributes.items()}

            return by_attribute
        raise UsageError(
            f"The gradients that {method} computes were not found: it returns none, keeps none in attributes "
            f"such as dW1, and "
            "changes no parameter",
            received=f"parameters {', '.join(names)}",
            instead=f"Return a dict of them, or write {EXAMPLE}",
        )


def _flat(value: Any, way: str = "") -> list[tuple[str, Any]]:
    """The arrays and numbers in what a method returned, with names."""
    if isinstance(value, Mapping):
        return [found for k, v in value.items() for found in _flat(v, f"{way}[{k!r}]" if way else str(k))]
    if isinstance(value, list | tuple):
        return [found for i, v in enumerate(value) for found in _flat(v, f"{way}[{i}]")]
    return [(way, value)] if isinstance(value, np.ndarray | float | np.floating) else []


def _matched(shapes: Mapping[str, tuple[int, ...]], arrays: list[tuple[str, Any]]) -> dict[str, str]:
    """Which array is the gradient of which parameter: by name, else by shape, in order."""
    found: dict[str, str] = {}
    free = dict(arrays)
    for name in shapes:
        own = re.sub(r"\W", "", name).lower()
        for way in list(free):
            word = re.sub(r"[\W_]", "", way).lower()
            if word in {own, f"d{own}", f"g{own}", f"grad{own}", f"{own}grad", f"delta{own}", f"nabla{own}"}:
                found[name] = way
                del free[way]
                break
    for name, shape in shapes.items():
        if name not in found:
            fitting = next((w for w, v in free.items() if np.shape(v) == shape), None)
            if fitting is not None:
                found[name] = fitting
                del free[fitting]
    return found if len(found) == len(shapes) else {}


def _arrays(value: Any, path: Path, found: dict[str, Path], seen: set[int], depth: int = 0) -> None:
    """Arrays of floats below an object, by the way there."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        text = "".join(f".{k}" if how == "a" else f"[{k!r}]" for how, k in path).lstrip(".")
        found[text] = path
        return
    if id(value) in seen or depth > DEEPEST:
        return
    seen.add(id(value))
    if isinstance(value, dict) and len(value) <= LONGEST:
        for k, v in value.items():
            _arrays(v, (*path, ("k", k)), found, seen, depth + 1)
    elif isinstance(value, list | tuple) and len(value) <= LONGEST:
        for i, v in enumerate(value):
            _arrays(v, (*path, ("k", i)), found, seen, depth + 1)
    elif is_users(type(value)) or depth == 0:
        for k, v in getattr(value, "__dict__", {}).items():
            _arrays(v, (*path, ("a", k)), found, seen, depth + 1)
