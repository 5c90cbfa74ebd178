"""Rewrite rules as they stand in a textbook: ``log(1 + exp(z))`` becomes ``softplus(z)``.

A pattern is a NumPy expression. Its names stand for anything (the same name twice for the same value), numbers for
themselves, and keyword arguments for parameters, which must agree in number. Sums and products match in either order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from cutaway.graph import Atom, Eqn, Var

Binding: TypeAlias = dict[str, Any]
Producers: TypeAlias = Mapping[Var, Eqn]

_COMMUTATIVE = frozenset(("add", "multiply", "maximum", "minimum", "logaddexp"))
_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.USub: "negative",
}


@dataclass(frozen=True)
class Pattern:
    """A call of the function ``op``, a name (``op`` is empty) or a number."""

    op: str = ""
    args: tuple[Pattern, ...] = ()
    params: tuple[tuple[str, Any], ...] = ()
    name: str = ""
    number: float | None = None

    def match(self, atom: Atom, producers: Producers, bound: Binding) -> Binding | None:
        """The values of the names for which this pattern is ``atom``, or None."""
        if self.number is not None:
            is_number = not isinstance(atom, Var) and atom == self.number
            return bound if is_number else None
        if self.name:
            if self.name in bound:
                return bound if _same(bound[self.name], atom) else None
            return bound | {self.name: atom}
        eqn = producers.get(atom) if isinstance(atom, Var) else None
        return self.match_eqn(eqn, producers, bound) if eqn else None

    def match_eqn(self, eqn: Eqn, producers: Producers, bound: Binding) -> Binding | None:
        """As :meth:`match`, for the equation that computes the value."""
        if eqn.primitive.fn.__name__ != self.op or len(eqn.inputs) != len(self.args):
            return None
        if {k for k, v in self.params if v is not None} != set(eqn.params):
            return None
        for key, expected in self.params:
            value = eqn.params[key]
            if isinstance(expected, str):  # a name: any value, but the same everywhere
                if bound.setdefault(expected, value) != value:
                    return None
            elif value != expected:
                return None
        orders = [eqn.inputs, eqn.inputs[::-1]] if self.op in _COMMUTATIVE else [eqn.inputs]
        for inputs in orders:
            found: Binding | None = dict(bound)
            for pattern, atom in zip(self.args, inputs, strict=True):
                found = pattern.match(atom, producers, found) if found is not None else None
            if found is not None:
                return found
        return None


def _same(a: Atom, b: Atom) -> bool:
    if isinstance(a, Var) or isinstance(b, Var):
        return a is b
    return type(a) is type(b) and bool(np.array_equal(a, b))


def parse(text: str) -> Pattern:
    """The pattern of a NumPy expression."""
    return _parse(ast.parse(text, mode="eval").body)


def _parse(node: ast.expr) -> Pattern:
    match node:
        case ast.Constant(value=float() | int() as number):
            return Pattern(number=float(number))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float() | int() as number)):
            return Pattern(number=-float(number))
        case ast.Name(id=name):
            return Pattern(name=name)
        case ast.UnaryOp(op=op, operand=operand):
            return Pattern(_OPERATORS[type(op)], (_parse(operand),))
        case ast.BinOp(left=left, op=op, right=right):
            return Pattern(_OPERATORS[type(op)], (_parse(left), _parse(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords):
            params = tuple(
                (k.arg or "", k.value.id if isinstance(k.value, ast.Name) else ast.literal_eval(k.value))
                for k in keywords
            )
            return Pattern(name_of(name), tuple(map(_parse, args)), params)
    raise ValueError(f"not a pattern: {ast.unparse(node)}")


def name_of(function: str) -> str:
    """The name under which NumPy knows a function: ``abs`` is ``absolute``."""
    return getattr(getattr(np, function, None), "__name__", function)


@dataclass(frozen=True)
class Rewrite:
    """``pattern`` becomes ``replacement(**names)`` where ``when(**names)`` holds."""

    text: str
    pattern: Pattern
    replacement: Callable[..., Any]
    when: Callable[..., bool]


def rewrite(text: str, replacement: Callable[..., Any], when: Callable[..., bool] = lambda **_: True) -> Rewrite:
    """A rewrite rule; see the module."""
    return Rewrite(text, parse(text), replacement, when)
