"""The corrected expression, in the author's own names.

Small changes of the expression's text are tried one after the other: another array of the same shape, a transposition,
a slope as a factor, another axis. Each is evaluated with the values that the names had there; the first one that gives
what is wanted is the correction, so it is proved by the way it is found.
"""

from __future__ import annotations

import ast
import copy
import linecache
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from cutaway.checking.backward import Backward, Spot, Stack, shown
from cutaway.graph import Var

CLOSE = 1e-6  # relative difference of a correction from what is wanted
MOST = 4000  # texts that are tried
LARGEST = 200_000  # entries of an array for which texts are tried at all


@dataclass(frozen=True)
class Correction:
    """A changed expression.

    Attributes
    ----------
    before, after : str
        The expression as it stands, and corrected.
    line : str
        The corrected line.
    value : array
        What the corrected expression gives.
    how : str
        What was changed: ``"name"``, ``"transpose"``, ``"factor"``, ``"axis"``, ``"number"``, ``"operator"``.
    """

    before: str
    after: str
    line: str
    value: Any
    how: str


def correct(
    stack: Stack, level: int, current: Any, accept: Callable[[Any], bool], slopes: bool = True
) -> Correction | None:
    """Correct the expression at one level of a stack such that ``accept(value)`` holds; None if nothing does."""
    if level >= len(stack.spots) or level >= len(stack.names) or np.size(current) > LARGEST:
        return None
    spot = stack.spots[level]
    node, source = expression(spot)
    if node is None or source is None:
        return None
    scope = Scope(stack.names[level], stack.globals[level])
    text = ast.get_source_segment(source, node) or ""
    found = scope.value(text)
    if not _alike(found, current):
        return None
    for _, how, candidate in sorted(_limited(variants(node, text, source, scope, slopes)), key=lambda c: c[0]):
        value = scope.value(candidate)
        if value is not None and accept(value):
            return Correction(text, candidate, _line(source, spot, node, text, candidate), value, how)
    return None


def _limited(candidates: Iterator[tuple[float, str, str]]) -> Iterator[tuple[float, str, str]]:
    seen: set[str] = set()
    for candidate in candidates:
        if candidate[2] not in seen:
            seen.add(candidate[2])
            yield candidate
        if len(seen) >= MOST:
            return


def _alike(a: Any, b: Any) -> bool:
    if a is None or np.shape(a) != np.shape(b):
        return False
    top = float(np.max(np.abs(b), initial=0.0))
    return bool(np.max(np.abs(np.asarray(a) - b), initial=0.0) <= CLOSE * max(top, 1e-300))


# The source ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _parsed(source: str) -> dict[tuple[int, int, int, int], ast.expr]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return {}
    found: dict[tuple[int, int, int, int], ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            found[node.lineno, node.end_lineno or 0, node.col_offset, node.end_col_offset or 0] = node
    return found


def expression(spot: Spot) -> tuple[ast.expr | None, str | None]:
    """The syntax tree of the expression at a place, and the source that it stands in."""
    lines = linecache.getlines(spot.file)
    if not lines:
        return None, None
    source = "".join(lines)
    return _parsed(source).get((spot.line, spot.end_line, spot.column, spot.end_column)), source


def _line(source: str, spot: Spot, node: ast.expr, before: str, after: str) -> str:
    line = source.splitlines()[spot.line - 1]
    if spot.end_line != spot.line:
        return after
    raw = line.encode()
    return (raw[: spot.column] + after.encode() + raw[spot.end_column :]).decode().strip()


# What names mean -------------------------------------------------------------------------------------------------


class Scope:
    """The names of a place in the program, with plain arrays; objects are copies, so that nothing of theirs changes."""

    def __init__(self, names: Mapping[str, Any], outer: Mapping[str, Any]) -> None:
        self.locals = {k: _copied(shown(v)) for k, v in names.items()}
        self.outer = outer

    def value(self, text: str) -> Any:
        """What an expression gives; None if it fails or is no array of numbers."""
        try:
            with np.errstate(all="ignore"):
                found = eval(compile(text, "<correction>", "eval"), {**self.outer, **self.locals})
        except Exception:
            return None
        array = np.asarray(found) if isinstance(found, (np.ndarray, np.generic, int, float)) else None
        return array if array is not None and array.dtype.kind in "fiub" else None

    def arrays(self) -> Iterator[tuple[str, Any]]:
        """Texts that give arrays: names, attributes of objects, entries of dicts and lists."""
        for name, value in self.locals.items():
            yield from _arrays_in(name, value)
        for name, value in self.outer.items():
            if not name.startswith("_") and name not in self.locals and isinstance(value, np.ndarray):
                yield name, value

    def sizes(self) -> Iterator[tuple[str, float]]:
        """Texts that give numbers of samples, features and the like."""
        for name, value in self.locals.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value not in (0, 1):
                yield name, float(value)
        for name, value in self.arrays():
            for i, n in enumerate(value.shape):
                if n > 1:
                    yield (f"len({name})" if i == 0 else f"{name}.shape[{i}]"), float(n)
            if value.ndim > 1:
                yield f"{name}.size", float(value.size)


def _copied(value: Any, depth: int = 0) -> Any:
    """``value`` with plain arrays; of objects, and lists and dicts of them, a copy."""
    value = shown(value)
    if depth > 2 or isinstance(value, (type, np.ndarray, ModuleType)) or callable(value):
        return value
    if type(value) in (list, tuple):
        return type(value)(_copied(v, depth + 1) for v in value)
    if type(value) is dict:
        return {k: _copied(v, depth + 1) for k, v in value.items()}
    if hasattr(value, "__dict__"):
        try:
            twin = copy.copy(value)
            twin.__dict__.update({k: _copied(v, depth + 1) for k, v in vars(value).items()})
        except Exception:
            return value
        return twin
    return value


def _arrays_in(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fiub":
        yield name, value
    elif depth < 2 and isinstance(value, dict) and len(value) < 60:
        for k, v in value.items():
            if isinstance(k, (str, int)):
                yield from _arrays_in(f"{name}[{k!r}]" if not isinstance(k, str) else f'{name}["{k}"]', v, depth + 1)
    elif depth < 2 and isinstance(value, (list, tuple)) and len(value) < 30:
        for i, v in enumerate(value):
            yield from _arrays_in(f"{name}[{i}]", v, depth + 1)
    elif depth < 1 and hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        for k, v in vars(value).items():
            yield from _arrays_in(f"{name}.{k}", v, depth + 1)


# Changes of the text -----------------------------------------------------------------------------------------------


def variants(
    node: ast.expr, text: str, source: str, scope: Scope, slopes: bool = True
) -> Iterator[tuple[float, str, str]]:
    """(cost, what was changed, text) of changed expressions."""
    arrays = list(scope.arrays())
    base = node.lineno, node.col_offset

    def put(inner: ast.expr, new: str) -> str | None:
        """``text`` with one part replaced."""
        if inner.lineno != node.lineno or node.lineno != node.end_lineno:
            return None
        raw, start = text.encode(), inner.col_offset - base[1]
        end = (inner.end_col_offset or 0) - base[1]
        return (raw[:start] + new.encode() + raw[end:]).decode()

    def said(inner: ast.expr) -> str:
        return ast.get_source_segment(source, inner) or ""

    whole = scope.value(text)
    yield from _axes(node, put, said)
    for inner in _parts(node):
        here = said(inner)
        value = scope.value(here)
        if value is None:
            continue
        changes: list[tuple[float, str, str]] = []
        if isinstance(inner, ast.Attribute) and inner.attr == "T":
            changes.append((1.0, "transpose", said(inner.value)))
        elif value.ndim == 2:
            changes.append((1.0, "transpose", f"{here}.T"))
        for name, other in arrays:
            if name != here and other.shape == value.shape:
                changes.append((1.2, "name", name))
            elif other.ndim == 2 and other.shape[::-1] == value.shape and 1 not in other.shape:
                changes.append((1.6, "name", f"{name}.T"))
        for cost, how, new in changes:
            made = put(inner, new)
            if made is not None:
                yield cost, how, made
    if isinstance(node, ast.BinOp):
        left, right = said(node.left), said(node.right)
        yield 1.5, "operator", left
        yield 1.5, "operator", right
        if isinstance(node.op, (ast.Sub, ast.MatMult, ast.Div)):
            sign = {ast.Sub: "-", ast.MatMult: "@", ast.Div: "/"}[type(node.op)]
            yield 1.4, "operator", f"{_tight(node.right, right)} {sign} {_tight(node.left, left)}"
        if isinstance(node.op, ast.Sub):
            yield 1.6, "operator", f"{left} + {right}"
        if isinstance(node.op, ast.Add):
            yield 1.6, "operator", f"{left} - {_tight(node.right, right)}"
        for inner, other in ((node.left, right), (node.right, left)):
            dotted = f"{said(inner)}.T"
            yield (
                1.6,
                "transpose",
                f"{dotted if inner is node.left else other} @ {other if inner is node.left else dotted}",
            )
    yield 1.3, "operator", f"-({text})" if isinstance(node, ast.BinOp) else f"-{text}"
    if isinstance(node, ast.UnaryOp):
        yield 1.3, "operator", said(node.operand)
    if slopes and whole is not None and whole.ndim:
        yield from _slopes(node, text, arrays, whole, put, said, scope)
    yield from _numbers(node, text, scope, put)


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


def _axes(node: ast.expr, put: Any, said: Any) -> Iterator[tuple[float, str, str]]:
    """Sums and means with other axes."""
    for inner in ast.walk(node):
        if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
            continue
        name = inner.func.attr
        if name not in ("sum", "mean", "max"):
            continue
        function = _is_module(inner.func.value)
        target = said(inner.args[0]) if function and inner.args else said(inner.func.value)
        for verb in dict.fromkeys((name, "sum", "mean")):
            for rest in (
                "axis=0",
                "axis=1",
                "axis=0, keepdims=True",
                "axis=1, keepdims=True",
                "axis=(0, 1)",
                "axis=(0, 2, 3)",
                "keepdims=True",
                "",
            ):
                if function:
                    new = f"{said(inner.func.value)}.{verb}({target}{', ' + rest if rest else ''})"
                else:
                    new = f"{target}.{verb}({rest})"
                made = put(inner, new)
                if made is not None:
                    yield 1.0 + 0.2 * (verb != name), "axis", made
    for inner in ast.walk(node):
        if isinstance(inner, ast.Subscript):  # one sample alone
            made = put(inner, said(inner.value))
            if made is not None:
                yield 1.3, "axis", made


_FORMS = ("{a} * (1 - {a})", "(1 - {a} ** 2)", "({a} > 0)")


def _slopes(
    node: ast.expr, text: str, arrays: list[tuple[str, Any]], whole: Any, put: Any, said: Any, scope: Scope
) -> Iterator[tuple[float, str, str]]:
    """With the slope of an activation as a further factor, or in the place of one."""
    names = [(name, value) for name, value in arrays if value.shape == whole.shape and value.dtype.kind == "f"]
    factors = [form.format(a=name) for name, _ in names for form in _FORMS]
    factors += [f"np.where({name} > 0, 1, {c})" for name, _ in names for c in (0.01, 0.1, 0.2, 0.3, 0.05)]
    helpers = [name for name, value in {**scope.outer, **scope.locals}.items() if _is_helper(value)]
    factors += [f"{helper}({name})" for helper in helpers[:30] for name, _ in names]
    body = text if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) else f"({text})"
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.MatMult)):
        body = text
    for factor in factors:
        yield (
            1.1 + 0.3 * ("where" in factor) + 0.2 * factor.endswith(")") * ("(1 -" not in factor and ">" not in factor),
            "factor",
            f"{body} * {factor}",
        )
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mult):
            for side in (inner.right, inner.left):
                for factor in factors:
                    closed = factor.startswith("(") or re.fullmatch(r"[\w.]+\([^()]*\)", factor)
                    bracketed = factor if closed else f"({factor})"
                    made = put(side, bracketed)
                    if made is not None:
                        yield 1.5, "factor", made
                made = put(inner, said(side))
                if made is not None:
                    yield 1.4, "operator", made
    for name, _ in names:
        for other, _ in names:
            if name != other:
                yield 2.0, "name", f"{name} - {other}"


def _is_helper(value: Any) -> bool:
    """A plain function of one argument of the author's, such as the derivative of an activation."""
    code = getattr(value, "__code__", None)
    return code is not None and getattr(value, "__self__", None) is None and code.co_argcount == 1


def _numbers(node: ast.expr, text: str, scope: Scope, put: Any) -> Iterator[tuple[float, str, str]]:
    """With another number as a factor or divisor."""
    body = text if isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)) else f"({text})"
    seen: set[float] = set()
    for name, n in scope.sizes():
        if n not in seen:
            seen.add(n)
            yield 1.2, "number", f"{body} / {name}"
            yield 1.4, "number", f"{body} * {name}"
    for number in ("2", "0.5"):
        yield 1.3, "number", f"{number} * {body}"
    for inner in ast.walk(node):
        if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Div, ast.Mult)):
            for side in (inner.left, inner.right):
                for name, _ in list(scope.sizes())[:20]:
                    if isinstance(side, (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript)):
                        made = put(side, name)
                        if made is not None:
                            yield 1.5, "number", made


def _tight(node: ast.expr, text: str) -> str:
    return f"({text})" if isinstance(node, ast.BinOp) else text


def rerun_accepts(backward: Backward, var: Var, good: Callable[[dict[str, Any]], bool]) -> Callable[[Any], bool]:
    """Whether the gradients become right when a value is replaced by what a changed expression gives."""

    def accept(value: Any) -> bool:
        numbers = backward.rerun({var: value})
        return numbers is not None and good(numbers)

    return accept
