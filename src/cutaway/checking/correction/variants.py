"""Small changes of an expression's text: what somebody who made a mistake there may have meant.

Each family takes the expression as it is written and yields variants: a cost, what was changed, the changed text.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.correction.spellings import spellings
from cutaway.checking.correction.written import SINGLE, Variant, Written

AXES = (
    *("axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"),
    *("axis=(0, 1)", "axis=(0, 2, 3)", "keepdims=True", ""),
)
SLOPES = ("{a} * (1 - {a})", "(1 - {a} ** 2)", "({a} > 0)")
LEAKS = (0.01, 0.1, 0.2, 0.3, 0.05)


def variants(written: Written, slopes: bool = True, shape: tuple[int, ...] | None = None) -> Iterator[Variant]:
    """All changed texts, family by family; ``slopes`` says whether slopes are tried as factors.

    ``shape`` is the one that is needed, where the result has another.
    """
    yield from axes(written)
    yield from others(written)
    if shape is not None:
        yield from resized(written, shape)
        yield from products(written, shape)
    yield from operators(written)
    if slopes and written.value is not None and written.value.ndim:
        yield from factors(written)
    yield from numbers(written)
    yield from spellings(written)


def axes(written: Written) -> Iterator[Variant]:
    """Sums and means with other axes; all samples instead of one."""
    for inner in ast.walk(written.node):
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
            continue
        name = inner.func.attr
        if name not in ("sum", "mean", "max"):
            continue
        owner = written.of(inner.func.value)
        function = _is_module(inner.func.value)
        target = written.of(inner.args[0]) if function and inner.args else owner
        for verb in dict.fromkeys((name, "sum", "mean")):
            for rest in AXES:
                arguments = f"{target}{', ' + rest if rest else ''}" if function else rest
                for made in written.put(inner, f"{owner if function else target}.{verb}({arguments})"):
                    yield 1.0 + 0.2 * (verb != name), "axis", made
    for rest in AXES:  # the same axis for all of them
        swapped = _Reaxed(rest)
        made = ast.unparse(swapped.visit(copy.deepcopy(written.node)))
        if swapped.count > 1:
            yield 1.1, "axis", made
    for inner in ast.walk(written.node):
        if isinstance(inner, ast.Subscript):  # one sample alone
            for made in written.put(inner, written.of(inner.value)):
                yield 1.3, "axis", made


def others(written: Written) -> Iterator[Variant]:
    """Another array of the same shape in the place of one, or one transposed."""
    whole = np.shape(written.value) if written.value is not None else None
    for inner in _parts(written.node):
        here = written.of(inner)
        value = written.scope.value(here)
        if value is None:
            continue
        changes: list[Variant] = []
        if isinstance(inner, ast.Attribute) and inner.attr == "T":
            changes.append((1.0, "transpose", written.of(inner.value)))
        elif value.ndim == 2:
            changes.append((1.0, "transpose", f"{here}.T"))
        for name, other in written.arrays:
            if name != here and other.shape == value.shape:
                changes.append((1.2, "name", name))
            elif other.ndim == 2 and other.shape[::-1] == value.shape and 1 not in other.shape:
                changes.append((1.6, "name", f"{name}.T"))
            elif value.size < other.size and other.shape == whole:  # one that needs not be broadcast
                changes.append((1.25, "name", name))
        for cost, how, new in changes:
            for made in written.put(inner, new):
                yield cost, how, made


def resized(written: Written, shape: tuple[int, ...]) -> Iterator[Variant]:
    """An array of another shape in the place of one, with which the result has the shape that is needed."""
    for inner in _parts(written.node):
        here = written.of(inner)
        value = written.scope.value(here)
        for name, other in written.arrays if value is not None else ():
            if name == here or other.shape == value.shape or f"{name}.T" == here:
                continue
            for cost, new in ((1.25, name), (1.65, f"{name}.T"))[: other.ndim]:
                for made in written.put(inner, new):
                    if np.shape(written.scope.value(made)) == shape:
                        yield cost, "name", made


def products(written: Written, shape: tuple[int, ...]) -> Iterator[Variant]:
    """A product with another array in the place of a sum, with which the result has the shape that is needed."""
    for inner in ast.walk(written.node):
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute) or inner.func.attr != "sum":
            continue
        summed = inner.args[0] if _is_module(inner.func.value) and inner.args else inner.func.value
        body = written.of(summed) if isinstance(summed, SINGLE) else f"({written.of(summed)})"
        for name, other in written.arrays:
            forms = (f"{name}.T @ {body}", f"{body} @ {name}.T", f"{body}.T @ {name}") if other.ndim == 2 else ()
            for made in (m for new in forms for m in written.put(inner, new if inner is written.node else f"({new})")):
                if np.shape(written.scope.value(made)) == shape:
                    yield 1.3, "operator", made


def operators(written: Written) -> Iterator[Variant]:
    """One operand alone, the operands exchanged, another operator, the sign turned."""
    node, text = written.node, written.text
    if isinstance(node, ast.BinOp):
        left, right = written.of(node.left), written.of(node.right)
        yield 1.5, "operator", left
        yield 1.5, "operator", right
        if isinstance(node.op, (ast.Sub, ast.MatMult, ast.Div)):
            sign = {ast.Sub: "-", ast.MatMult: "@", ast.Div: "/"}[type(node.op)]
            yield 1.4, "operator", f"{_tight(node.right, right)} {sign} {_tight(node.left, left)}"
        if isinstance(node.op, ast.Sub):
            yield 1.6, "operator", f"{left} + {right}"
        if isinstance(node.op, ast.Add):
            yield 1.6, "operator", f"{left} - {_tight(node.right, right)}"
        yield 1.6, "transpose", f"{left}.T @ {right}"
        yield 1.6, "transpose", f"{left} @ {right}.T"
    yield 1.3, "operator", f"-({text})" if isinstance(node, ast.BinOp) else f"-{text}"
    if isinstance(node, ast.UnaryOp):
        yield 1.3, "operator", written.of(node.operand)


def factors(written: Written) -> Iterator[Variant]:
    """With the slope of an activation as a further factor, or in the place of one."""
    node, shape = written.node, written.value.shape
    names = [name for name, value in written.arrays if value.shape == shape and value.dtype.kind == "f"]
    slopes = [form.format(a=name) for name in names for form in SLOPES]
    slopes += [f"np.where({name} > 0, 1, {c})" for name in names for c in LEAKS]
    known = {**written.scope.outer, **written.scope.locals}
    helpers = [name for name, value in known.items() if _is_helper(value)]
    slopes += [f"{helper}({name})" for helper in helpers[:30] for name in names]
    product = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult))
    body = written.text if product else written.body
    for slope in slopes:
        called = slope.endswith(")") and "(1 -" not in slope and ">" not in slope
        yield 1.1 + 0.3 * ("where" in slope) + 0.2 * called, "factor", f"{body} * {slope}"
    for name, value in written.arrays:  # a mask, or the weights of the samples
        if value.shape == shape and name not in written.text:
            yield 1.15, "factor", f"{body} * {name}"
        elif len(shape) == 2 and value.shape == shape[:1] and shape[0] > 1 and name not in written.text:
            yield 1.25, "factor", f"{body} * {name}[:, None]"
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
            for side in (inner.right, inner.left):
                for slope in slopes:
                    closed = slope.startswith("(") or re.fullmatch(r"[\w.]+\([^()]*\)", slope)
                    for made in written.put(side, slope if closed else f"({slope})"):
                        yield 1.5, "factor", made
                for made in written.put(inner, written.of(side)):
                    yield 1.4, "operator", made
    for name in names:
        for other in names:
            if name != other:
                yield 2.0, "name", f"{name} - {other}"


def numbers(written: Written) -> Iterator[Variant]:
    """With another number as a factor or divisor."""
    sizes, body = list(written.scope.sizes()), written.body
    seen: set[float] = set()
    for name, n in sizes:
        if n not in seen:
            seen.add(n)
            yield 1.2, "number", f"{body} / {name}"
            yield 1.4, "number", f"{body} * {name}"
    for number in ("2", "0.5"):
        yield 1.3, "number", f"{number} * {body}"
    for inner in ast.walk(written.node):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Div, ast.Mult)):
            for side in (inner.left, inner.right):
                if isinstance(side, (ast.Constant, *SINGLE)):
                    for name, _ in sizes[:20]:
                        for made in written.put(side, name):
                            yield 1.5, "number", made


class _Reaxed(ast.NodeTransformer):
    """All sums and means of an expression over another axis."""

    def __init__(self, rest: str) -> None:
        self.keywords = [ast.keyword(k, ast.parse(v, mode="eval").body) for k, v in _pairs(rest)]
        self.count = 0

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A call with the other axis, if it is a sum or a mean."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean", "max"):
            self.count += 1
            node.args = node.args[:1] if _is_module(node.func.value) else []
            node.keywords = self.keywords
        return node


def _pairs(rest: str) -> list[tuple[str, str]]:
    call = ast.parse(f"f({rest})", mode="eval").body
    assert isinstance(call, ast.Call)
    return [(str(k.arg), ast.unparse(k.value)) for k in call.keywords]


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """The values that an expression reads: names, attributes, entries; not the functions that it calls."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
            yield from _parts(node.func.value)  # the array whose method is called
        for arg in (*node.args, *(k.value for k in node.keywords)):
            yield from _parts(arg)
    elif isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
        yield node
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield from _parts(node.value)
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _parts(child)


def _is_module(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "scipy")


def _is_helper(value: Any) -> bool:
    """A plain function of one argument of the author's, such as the derivative of an activation."""
    code = getattr(value, "__code__", None)
    return code is not None and getattr(value, "__self__", None) is None and code.co_argcount == 1


def _tight(node: ast.expr, text: str) -> str:
    return f"({text})" if isinstance(node, ast.BinOp) else text
