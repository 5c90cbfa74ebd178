"""Rewrite rules as they stand in a textbook: ``log(1 + exp(z))`` becomes ``softplus(z)``.

A pattern is a NumPy expression. Its names stand for anything (the same name twice for the same value), numbers for
themselves, and keyword arguments for parameters, which must agree in number. Sums and products match in either order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
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

    def match(self, atom: Atom, producers: Producers, bound: Binding) -> Iterator[Binding]:
        """Every choice of values for the names for which this pattern is ``atom``."""
        if self.number is not None:
            if not isinstance(atom, Var) and atom == self.number:
                yield bound
        elif self.name:
            if self.name not in bound:
                yield bound | {self.name: atom}
            elif _same(bound[self.name], atom):
                yield bound
        elif isinstance(atom, Var) and atom in producers:
            yield from self.match_eqn(producers[atom], producers, bound)

    def match_eqn(self, eqn: Eqn, producers: Producers, bound: Binding) -> Iterator[Binding]:
        """As :meth:`match`, for the equation that computes the value."""
        if eqn.primitive.fn.__name__ != self.op or len(eqn.inputs) != len(self.args):
            return
        if {k for k, v in self.params if v is not None} != set(eqn.params):
            return
        bound = dict(bound)
        for key, expected in self.params:
            value = eqn.params[key]
            if isinstance(expected, str):  # a name: any value, but the same everywhere
                expected = bound.setdefault(expected, value)
            if value != expected:
                return
        yield from _match_all(self.args, eqn.inputs, producers, bound)
        if self.op in _COMMUTATIVE:
            yield from _match_all(self.args, eqn.inputs[::-1], producers, bound)


def _match_all(
    patterns: tuple[Pattern, ...], atoms: tuple[Atom, ...], producers: Producers, bound: Binding
) -> Iterator[Binding]:
    if not patterns:
        yield bound
        return
    for found in patterns[0].match(atoms[0], producers, bound):
        yield from _match_all(patterns[1:], atoms[1:], producers, found)


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
