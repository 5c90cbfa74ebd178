"""What may have been meant in the place of a part of a program: an index, an operand, a factor, a sign, an argument."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from cutaway.checking.correction.edited import Part
from cutaway.checking.correction.indices import entries
from cutaway.checking.correction.vocabulary import READS, Words, expr, is_module, is_plain

TURNED = {ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Lt: ast.GtE, ast.LtE: ast.Gt}
CLOSER = {ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Lt: ast.LtE, ast.LtE: ast.Lt}
PAIRS = (("ones", "zeros"), ("ones_like", "zeros_like"), ("maximum", "minimum"), ("max", "min"), ("hstack", "vstack"))
OPPOSITES = {a: b for pair in PAIRS for a, b in (pair, pair[::-1])}

Change: TypeAlias = "tuple[float, ast.AST]"
"""What it costs to believe in a change, and what should stand there."""


def changes_of(part: Part, words: Words) -> Iterator[Change]:
    """All of them for one part of a function, each with its cost."""
    node = part.node
    if isinstance(node, ast.stmt):
        yield from _statements(node)
    if not isinstance(node, ast.expr) or not isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load):
        return
    for kind, family in _FAMILIES:
        if isinstance(node, kind):
            yield from family(node, part, words)
    if _is_value(part):
        yield from _wholes(node, words)


def _statements(node: ast.stmt) -> Iterator[Change]:
    """Added up instead of stored, stored instead of added up; the other sign; not there."""
    if isinstance(node, ast.AugAssign | ast.If) or (
        isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple)
    ):
        yield 1.45, ast.Pass()
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], READS):
        yield 1.6, ast.AugAssign(node.targets[0], ast.Add(), node.value)
    if isinstance(node, ast.AugAssign):
        yield 1.4, ast.Assign([node.target], node.value)
        for op in (ast.Add, ast.Sub):
            if isinstance(node.op, (ast.Add, ast.Sub)):
                yield 1.4, ast.AugAssign(node.target, op(), node.value)


def _subscripts(node: ast.Subscript, part: Part, words: Words) -> Iterator[Change]:
    """Indices exchanged; the neighbour of an entry; the entry with another index."""
    index = node.slice
    if isinstance(index, ast.Tuple) and len(index.elts) == 2:
        yield 1.0, ast.Subscript(node.value, ast.Tuple(index.elts[::-1], ast.Load()), node.ctx)
    if isinstance(node.value, ast.Subscript):
        inner = node.value
        yield 1.0, ast.Subscript(ast.Subscript(inner.value, index, inner.ctx), inner.slice, node.ctx)
    for k, one in enumerate(index.elts if isinstance(index, ast.Tuple) else [index]):
        for cost, other in _indices(one, words):
            elts = [*index.elts[:k], other, *index.elts[k + 1 :]] if isinstance(index, ast.Tuple) else None
            yield cost, ast.Subscript(node.value, ast.Tuple(elts, ast.Load()) if elts else other, node.ctx)


def _indices(index: ast.expr, words: Words) -> Iterator[tuple[float, ast.expr]]:
    if isinstance(index, ast.Constant) and type(index.value) is int:
        yield from ((1.2, ast.Constant(index.value + k)) for k in (-1, 1))
    elif isinstance(index, ast.Name):
        yield from ((1.15, ast.Name(name, ast.Load())) for name in words.loops if name != index.id)
        yield from ((1.2, ast.BinOp(index, op, ast.Constant(1))) for op in (ast.Add(), ast.Sub()))
    elif isinstance(index, ast.BinOp) and isinstance(index.op, ast.Add | ast.Sub):
        yield 1.1, index.left


def _operations(node: ast.BinOp, part: Part, words: Words) -> Iterator[Change]:
    """A factor or a term left out; operands exchanged; another sign."""
    left, right = node.left, node.right
    if isinstance(node.op, ast.Mult) and not _inside(part, ast.Mult):
        factors = _chain(node)
        for width in (1, 2) if len(factors) > 2 else (1,):
            for k in range(len(factors) - width + 1):
                yield 1.0 + 0.1 * width, _product([*factors[:k], *factors[k + width :]])
    if isinstance(node.op, ast.Div):
        yield 1.15, left
        yield 1.5, ast.BinOp(left, ast.Mult(), right)
    if isinstance(node.op, ast.Mult | ast.MatMult):
        yield 1.5, ast.BinOp(left, ast.Div() if isinstance(node.op, ast.Mult) else ast.Mult(), right)
    if isinstance(node.op, ast.Sub):
        yield 1.0, ast.BinOp(right, ast.Sub(), left)
        yield 1.2, ast.BinOp(left, ast.Add(), right)
        yield 1.3, left
    if isinstance(node.op, ast.Add):
        yield 1.2, ast.BinOp(left, ast.Sub(), right)
        yield from ((1.3, side) for side in (left, right))
    if isinstance(node.op, ast.MatMult):
        yield from ((1.1, ast.BinOp(a, ast.MatMult(), b)) for a, b in _turned(left, right))
    if isinstance(node.op, ast.Pow) and isinstance(left, READS):
        yield 1.3, left


def _turned(left: ast.expr, right: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Two factors of a product of matrices, exchanged or transposed."""
    for a, b in ((left, right), (right, left)):
        for one in (a, _transposed(a)):
            for other in (b, _transposed(b)):
                yield one, other


def _transposed(node: ast.expr) -> ast.expr:
    turned = isinstance(node, ast.Attribute) and node.attr == "T"
    return node.value if turned else ast.Attribute(node, "T", ast.Load())  # type: ignore[attr-defined]


def _signs(node: ast.UnaryOp, part: Part, words: Words) -> Iterator[Change]:
    if isinstance(node.op, ast.USub):
        yield 1.0, node.operand


def _constants(node: ast.Constant, part: Part, words: Words) -> Iterator[Change]:
    """Another number."""
    if isinstance(node.value, bool):
        yield 1.0, ast.Constant(not node.value)
    elif type(node.value) in (int, float) and not isinstance(part.parent, ast.Subscript | ast.Tuple):
        yield from ((1.3, ast.Constant(n)) for n in dict.fromkeys([1, 2, 0.5, 0, *words.numbers]))


def _comparisons(node: ast.Compare, part: Part, words: Words) -> Iterator[Change]:
    for table in (TURNED, CLOSER):
        if type(node.ops[0]) in table:
            yield 1.2, ast.Compare(node.left, [table[type(node.ops[0])](), *node.ops[1:]], node.comparators)


def _calls(node: ast.Call, part: Part, words: Words) -> Iterator[Change]:
    """Arguments exchanged or transposed; a switch turned; another function, or none; another axis."""
    args, name = node.args, ast.unparse(node.func)
    if name.rpartition(".")[2] in OPPOSITES and isinstance(node.func, ast.Attribute):
        other = ast.Attribute(node.func.value, OPPOSITES[node.func.attr], ast.Load())
        yield 1.1, ast.Call(other, args, node.keywords)
    if name.rpartition(".")[2] in ("norm", "abs"):
        yield 1.2, ast.BinOp(node, ast.Pow(), ast.Constant(2))
    given = {k.arg for k in node.keywords}
    for flag, value in words.flags.get(name.removeprefix("self."), ()):
        if flag not in given:
            yield 1.0, ast.Call(node.func, args, [*node.keywords, ast.keyword(flag, ast.Constant(not value))])
    if len(args) == 2 and not any(isinstance(a, ast.Starred) for a in args):
        product = name.endswith((".dot", ".matmul", ".outer"))
        pairs = _turned(*args) if product else [(args[1], args[0])]
        yield from ((1.1, ast.Call(node.func, list(pair), node.keywords)) for pair in pairs)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "dot" and len(args) == 1:
        for a, b in _turned(node.func.value, args[0]):
            yield 1.1, ast.Call(ast.Attribute(a, "dot", ast.Load()), [b], [])
    if name in words.helpers and len(args) == 1:
        yield 1.1, args[0]
        yield from ((1.2, ast.Call(expr(h), args, [])) for h in words.helpers if h != name)
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("sum", "mean"):
        own = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
        first = args[:1] if is_module(node.func.value) else []
        for verb in (node.func.attr, "mean" if node.func.attr == "sum" else "sum"):
            for text in ("", "axis=0", "axis=1", "axis=0, keepdims=True", "axis=1, keepdims=True"):
                call = expr(f"f({text})")
                assert isinstance(call, ast.Call)
                function = ast.Attribute(node.func.value, verb, ast.Load())
                yield 1.15, ast.Call(function, first, [*own, *call.keywords])


def _reads(node: ast.expr, part: Part, words: Words) -> Iterator[Change]:
    """Another name in the place of one; what a function of the program makes of it."""
    if part.field in ("func", "target", "targets", "slice") or is_module(node) or _is_owner(part):
        return
    yield from ((1.25 + 0.01 * k, expr(text)) for k, text in enumerate(words.alike(node)))
    if isinstance(part.parent, ast.Call) and part.field == "args":
        yield from ((1.4, ast.Call(expr(h), [node], [])) for h in words.helpers)
        yield from ((1.5, ast.BinOp(node, op, ast.Constant(1))) for op in (ast.Add(), ast.Sub()))


def _wholes(node: ast.expr, words: Words) -> Iterator[Change]:
    """A whole value with another sign, a slope as a further factor, divided by a number of samples."""
    yield 1.1, ast.UnaryOp(ast.USub(), node)
    yield from _everywhere(node, words)
    for size in (*words.sizes, "2"):
        yield 1.3, ast.BinOp(node, ast.Div(), expr(size))
        yield 1.3, ast.BinOp(node, ast.Mult(), expr(size))
    names = [text for kind in words.reads for text in sorted(words.reads[kind])]
    for text in names[:30]:
        for slope in ("{0} * (1 - {0})", "(1 - {0} ** 2)", "({0} > 0)", *(f"{h}({{0}})" for h in words.helpers)):
            yield 1.35, ast.BinOp(node, ast.Mult(), expr(f"({slope.format(text)})"))


def _everywhere(node: ast.expr, words: Words) -> Iterator[Change]:
    """What is read several times in an expression, exchanged in all places; functions of it left out in all."""
    found: dict[str, list[ast.expr]] = {}
    for part in ast.walk(node):
        if isinstance(part, (*READS, ast.Call)) and not is_module(part):
            found.setdefault(ast.unparse(part), []).append(part)
    for text, parts in found.items():
        one = parts[0]
        if len(parts) < 2:
            continue
        if isinstance(one, ast.Call):
            left_out = ast.unparse(one.func) in words.helpers and len(one.args) == 1
            others = [ast.unparse(one.args[0])] if left_out else []
        else:
            others = words.alike(one) if is_plain(one) else []
        for k, other in enumerate(others):
            yield 1.15 + 0.01 * k, _Exchanged(text, other).visit(copy.deepcopy(node))


class _Exchanged(ast.NodeTransformer):
    """One text in the place of another, wherever that is read."""

    def __init__(self, text: str, other: str) -> None:
        self.text, self.other = text, other

    def visit(self, node: ast.AST) -> Any:
        """The other text where it is this one."""
        if isinstance(node, ast.expr) and ast.unparse(node) == self.text:
            return ast.copy_location(expr(self.other), node)
        return self.generic_visit(node)


_FAMILIES: tuple[tuple[Any, Callable[[Any, Part, Words], Iterator[Change]]], ...] = (
    (ast.Subscript, _subscripts),
    (ast.Subscript, entries),
    (ast.BinOp, _operations),
    (ast.UnaryOp, _signs),
    (ast.Constant, _constants),
    (ast.Compare, _comparisons),
    (ast.Call, _calls),
    (READS, _reads),
)


def _is_value(part: Part) -> bool:
    """Whether a value is kept, returned or handed on as it is."""
    if isinstance(part.parent, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return):
        return part.field == "value" and not isinstance(part.node, ast.Tuple | ast.List | ast.Dict | ast.ListComp)
    if isinstance(part.parent, ast.ListComp | ast.GeneratorExp):
        return part.field == "elt"
    called = isinstance(part.parent, ast.Call) and isinstance(part.parent.func, ast.Attribute)
    return called and part.parent.func.attr in ("append", "insert") and part.field == "args"


def _is_owner(part: Part) -> bool:
    """Whether something is read only for an attribute of it."""
    return isinstance(part.parent, ast.Attribute)


def _inside(part: Part, op: type) -> bool:
    return isinstance(part.parent, ast.BinOp) and isinstance(part.parent.op, op)


def _chain(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_chain(node.left), *_chain(node.right)]
    return [node]


def _product(factors: list[ast.expr]) -> ast.expr:
    whole = factors[0]
    for factor in factors[1:]:
        whole = ast.BinOp(whole, ast.Mult(), factor)
    return copy.deepcopy(whole)
