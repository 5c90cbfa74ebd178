"""Statements whose value is lost: ``np.clip(p, 0, 1)`` alone on its line makes a new array and leaves ``p`` as it was.

Such a call is known by the name of a function that changes nothing in place. Whenever one is made, its result is
compared with what it was made of.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np

LIMITS = ("clip", "maximum", "minimum", "fmax", "fmin", "nan_to_num")
SHAPES = (
    *("reshape", "ravel", "flatten", "transpose", "squeeze", "expand_dims", "swapaxes", "moveaxis", "atleast_2d"),
    *("broadcast_to",),
)
TYPES = ("astype", "asarray", "array", "float32", "float64", "asfarray", "ascontiguousarray")
ORDERS = ("flip", "fliplr", "flipud", "roll", "rot90", "sort", "sorted", "reversed", "permutation", "permuted")
SAMPLES = ("permutation", "permuted", "sample")
LONGER = ("append", "insert", "delete", "concatenate", "vstack", "hstack", "column_stack", "pad", "tile", "repeat")
VALUES = (
    *("add", "subtract", "multiply", "divide", "true_divide", "power", "square", "sqrt", "abs", "absolute", "fabs"),
    *("exp", "log", "log1p", "tanh", "round", "around", "rint", "sign", "negative", "where", "heaviside", "resize"),
)
OF_NUMPY = frozenset({*LIMITS, *SHAPES, *TYPES, *ORDERS, *SAMPLES, *LONGER, *VALUES} - {"sorted", "reversed"})
OF_ARRAYS = frozenset({*SHAPES, "clip", "astype", "round", "repeat"})
OF_PYTHON = frozenset({"sorted", "reversed", "abs", "round"})
MODULES = ("np", "numpy", "jnp", "random")


@dataclass
class Lost:
    """What was seen of one such statement.

    ``count`` times it was carried out; ``first`` is the first result that is not what it was made of, ``before``.
    ``changed`` counts the times that it was another.
    """

    count: int = 0
    changed: int = 0
    before: Any = None
    first: Any = None
    loops: tuple[tuple[int, int, int], ...] = field(default_factory=tuple)

    def seen(self, result: Any, subject: Any, loops: tuple[tuple[int, int, int], ...]) -> None:
        self.count += 1
        if known(result) and known(subject) and differs(result, subject):
            self.changed += 1
            if self.first is None:
                self.first, self.before, self.loops = _copied(result), _copied(subject), loops


def known(value: Any) -> bool:
    """Whether something is made of numbers: not what stands in for it while a function is recorded."""
    return type(value) in (np.ndarray, list, tuple, range, int, float) or isinstance(value, np.generic)


def differs(result: Any, subject: Any) -> bool:
    """Whether the one is not the other, in its shape, its kind of numbers or any of them."""
    a, b = _numbers(result), _numbers(subject)
    if a is None or b is None or a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return True
    return not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


def _numbers(value: Any) -> np.ndarray[Any, Any] | None:
    try:
        return np.asarray(value)
    except ValueError:
        return None


def _copied(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


def subject_of(node: ast.expr) -> ast.expr | None:
    """What the result of a call that is lost was made of; None if its value is not one that is lost by mistake."""
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    if any(k.arg in ("out", "copy", "inplace") for k in node.keywords):
        return None
    if isinstance(function, ast.Name):
        return _plain(node.args[0]) if function.id in OF_PYTHON and node.args else None
    if not isinstance(function, ast.Attribute):
        return None
    holder = function.value
    if function.attr in SAMPLES and node.args:
        return _plain(node.args[0]) or _length(node.args[0])
    if _is_module(holder):
        if function.attr not in OF_NUMPY or not node.args:
            return None
        return _plain(first_of(node))
    return _plain(holder) if function.attr in OF_ARRAYS else None


def first_of(node: ast.Call) -> ast.expr:
    """The argument that a function makes another of: the first that is no number, of a list of arrays the first."""
    parts = [a for a in node.args if not isinstance(a, ast.Constant)] or node.args
    first = node.args[-1] if getattr(node.func, "attr", "") == "where" and len(node.args) == 3 else parts[0]
    return first.elts[0] if isinstance(first, ast.Tuple | ast.List) and first.elts else first


def _length(node: ast.expr) -> ast.expr | None:
    """A number that is written, or ``len(x)``."""
    if isinstance(node, ast.Call):
        return node if isinstance(node.func, ast.Name) and node.func.id == "len" and _plain(node.args[0]) else None
    return node if isinstance(node, ast.Constant) else None


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in MODULES


def _plain(node: ast.expr) -> ast.expr | None:
    """A name, an attribute or an item of one: what can be looked at again without doing anything."""
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute | ast.Subscript):
        if isinstance(inner, ast.Subscript) and not isinstance(inner.slice, ast.Constant | ast.Name):
            return None
        inner = inner.value
    return node if isinstance(inner, ast.Name) else None
