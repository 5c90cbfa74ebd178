"""Slips of the pen: an index, a number, a comparison, the order of arguments, a product of another kind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np

from cutaway.checking.correction.written import SINGLE, Variant, Written
from cutaway.checking.lines.source import parsed


def spellings(written: Written) -> Iterator[Variant]:
    """All of them."""
    scalars = list(written.scope.scalars())
    literals = _literals(written.source)
    whole = {name for name, value in scalars if isinstance(value, (int, np.integer))}
    for inner in ast.walk(written.node):
        if isinstance(inner, ast.Subscript):
            yield from _indices(written, inner.slice, whole)
        elif isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
            for text in [name for name, _ in scalars] + literals:
                for made in written.put(inner, text):
                    yield 1.3, "number", made
        elif isinstance(inner, ast.Compare) and type(inner.ops[0]) in _TURNED:
            sides = written.of(inner.left), written.of(inner.comparators[0])
            for made in written.put(inner, f"{sides[0]} {_TURNED[type(inner.ops[0])]} {sides[1]}"):
                yield 1.2, "operator", made
        elif isinstance(inner, ast.Call):
            yield from _called(written, inner, [name for name, _ in scalars])
        elif isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Mult, ast.MatMult)):
            left, right = written.of(inner.left), written.of(inner.right)
            for other in (f"np.outer({left}, {right})", f"np.outer({right}, {left})", f"({left}) * ({right})"):
                for made in written.put(inner, other):
                    yield 1.4, "operator", made
    shape = np.shape(written.value) if written.value is not None else None
    for name, value in written.arrays:  # the error of a second path
        if shape and value.shape == shape and value.dtype.kind == "f":
            yield 1.5, "sum", f"{written.text} + {name}"
            yield 1.7, "sum", f"{written.text} - {name}"
    yield 1.6, "operator", f"np.sign({written.text})"
    yield 1.8, "operator", f"np.abs({written.text})"
    for name in [name for name, _ in scalars]:
        yield 1.45, "number", f"{written.body} * {name}"
        yield 1.45, "number", f"{written.body} / {name}"


_TURNED = {ast.Gt: "<=", ast.GtE: "<", ast.Lt: ">=", ast.LtE: ">"}


def _indices(written: Written, index: ast.expr, whole: set[str]) -> Iterator[Variant]:
    """The neighbour of an entry, or the entry with another index."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    for part in parts:
        text = written.of(part)
        if isinstance(part, (ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp)):
            plain = re.fullmatch(r"-?\d+", text)
            simple = [str(int(text) - 1), str(int(text) + 1)] if plain else [f"{text} - 1", f"{text} + 1"]
            for new in simple + sorted(whole - {text}):
                for made in written.put(part, new):
                    yield 1.1 + 0.3 * (new in whole), "index", made


def _called(written: Written, call: ast.Call, scalars: list[str]) -> Iterator[Variant]:
    """The arguments of a call exchanged, or one of them with a number more; what is given to it turned round."""
    args = [written.of(a) for a in call.args]
    for i in range(len(args)):
        for j in range(i + 1, len(args)):
            swapped = [*args]
            swapped[i], swapped[j] = args[j], args[i]
            for made in written.put(call, f"{written.of(call.func)}({', '.join(swapped)})"):
                yield 1.3 + 0.05 * (j - i), "operator", made
    if len(args) == 2:
        for made in written.put(call, f"({args[0]}) * ({args[1]})"):
            yield 1.4, "operator", made
    for part, text in zip(call.args, args, strict=True):
        simple = text if isinstance(part, SINGLE) else f"({text})"
        turned = [f"{simple}[::-1]", f"{simple}[::-1, ::-1]"]
        moved = [f"{simple} {sign} {name}" for name in ["1", *scalars] for sign in "+-"]
        for new in [*turned, *moved, *(f"{name} * {simple}" for name in scalars)]:
            for made in written.put(part, new):
                yield 1.5, "operator" if new in turned else "number", made


def _literals(source: str) -> list[str]:
    """The numbers that are written in the program."""
    tree = parsed(source)
    nodes = ast.walk(tree) if tree is not None else ()
    found = (str(n.value) for n in nodes if isinstance(n, ast.Constant) and type(n.value) in (int, float))
    return list(dict.fromkeys(found))[:30]
