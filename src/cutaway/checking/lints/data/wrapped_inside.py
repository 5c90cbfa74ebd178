"""Small whole numbers that wrap around inside of functions: entry by entry in a loop, in a list, below a square root.

The author's functions are called once more with every ``a * b`` also computed in wide numbers, where the result is one
of few bits. What wrapped is known then; it is a mistake if the loss, or the table that the loss reads, is another.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutaway.checking.correction.edited import Text
from cutaway.checking.records import Array, Case
from cutaway.checking.running.contents import Contents
from cutaway.checking.running.limits import at_most
from cutaway.checking.running.log import Call, arrays_in
from cutaway.checking.running.observe import logs_of, undisturbed
from cutaway.checking.running.quiet import call as called

NAME = "_in_wide_numbers"
OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}
BITS = (ast.BitXor, ast.BitAnd, ast.BitOr, ast.LShift, ast.RShift, ast.Mod)  # of hashes, which are meant to wrap
LONGEST = 1.0  # seconds for one call
CALLS = 12  # that are made once more


class Wide:
    """The functions of a case with their operations noted: which of them wrapped, what they gave and should have."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.nodes: list[ast.BinOp] = []
        self.seen: dict[int, list[tuple[Any, Any]]] = {}
        self.text = Text(case.file, case.source)
        for function in self.text.functions():
            if not any(isinstance(n, BITS) for n in ast.walk(function)):
                _Noting(self.nodes).visit(function)
        program = case.notes.get("program")
        self.names: dict[str, Any] = program.namespace if program is not None else getattr(case.loss, "__globals__", {})

    def changed(self, compute: Callable[[], Any]) -> Any:
        """What a call of the author's gives where nothing wraps; None if it fails."""
        self.seen.clear()
        self.names[NAME] = self._operation
        kept = Contents(self.case.gradients, self.case.loss)
        try:
            with self.text.running() as done, undisturbed(), np.errstate(all="ignore"), at_most(LONGEST):
                return compute() if done else None
        except Exception:
            return None
        finally:
            self.names.pop(NAME, None)
            kept.put_back()

    def _operation(self, number: int, a: Any, b: Any) -> Any:
        compute = OPERATIONS[type(self.nodes[number].op)]
        given = compute(a, b)
        if not isinstance(given, np.ndarray | np.generic) or given.dtype.kind not in "iu":
            return given
        if given.dtype.itemsize > (2 if given.dtype.kind == "u" else 4):
            return given
        true = compute(_wide(a), _wide(b))
        if np.shape(true) != np.shape(given) or not np.any(true != given):
            return given
        self.seen.setdefault(number, []).append((given, true))
        return true

    def first(self) -> tuple[ast.BinOp, str, Array, Array] | None:
        """The operation that wrapped first, its numbers' type, what it gave and what it should have given."""
        for number, pairs in self.seen.items():
            given, true = (np.concatenate([np.ravel(p[k]) for p in pairs]).astype(float) for k in (0, 1))
            return self.nodes[number], str(pairs[0][0].dtype), given, true
        return None


class _Noting(ast.NodeTransformer):
    def __init__(self, nodes: list[ast.BinOp]) -> None:
        self.nodes = nodes

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """An operation as the call that notes it."""
        text = ast.unparse(node)
        self.generic_visit(node)
        if type(node.op) not in OPERATIONS:
            return node
        plain = ast.parse(text, mode="eval").body
        assert isinstance(plain, ast.BinOp)
        self.nodes.append(ast.copy_location(plain, node))
        arguments: list[ast.expr] = [ast.Constant(len(self.nodes) - 1), node.left, node.right]
        call = ast.Call(ast.Name(NAME, ast.Load()), arguments, [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def _wide(x: Any) -> Any:
    return x.astype(np.int64) if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "iu" else x


def wrapped_inside(
    case: Case, reaches: Callable[[Array], bool]
) -> Iterator[tuple[ast.BinOp, str, Array, Array, Call | None]]:
    """The operation that wraps in the loss, or in a function whose result ``reaches`` it; and the call of that."""
    calls = [c for log in logs_of(case) for c in log.calls if c.returned >= 0 and any(map(is_narrow, _given(c)))]
    wide = Wide(case) if case.file else None
    if wide is None or not (calls or any(map(is_narrow, wide.names.values()))):
        return
    if not wide.nodes or case.loss is None:
        return
    loss = case.loss
    before = called(loss, case.copies())
    after = wide.changed(lambda: called(loss, case.copies()))
    found = wide.first()
    if found is not None and after is not None and float(np.asarray(after)) != float(np.asarray(before)):
        yield *found, None
        return
    seen: dict[Any, int] = {}
    for call in calls:
        seen[call.code] = seen.get(call.code, 0) + 1
        function = _function(call, wide.names)
        if function is None or seen[call.code] > 2 or len(seen) > CALLS:
            continue
        arguments = [call.arguments[n] for n in call.code.co_varnames[: call.code.co_argcount]]
        result = wide.changed(lambda f=function, a=arguments: f(*a))  # type: ignore[misc]
        found = wide.first()
        if result is None or found is None:
            continue
        pairs = zip(_tables(call.result), _tables(result), strict=False)
        if any(a.shape == b.shape and not np.array_equal(a, b) and reaches(a) for a, b in pairs):
            yield *found, call
            return


def is_narrow(x: Any) -> bool:
    """Whether something is an array of whole numbers of few bits."""
    return isinstance(x, np.ndarray) and x.size > 1 and x.dtype.kind in "iu" and x.dtype.itemsize <= 4


def _given(call: Call) -> list[Any]:
    """What a function was given, and what the object has that it belongs to."""
    owner = call.arguments.get("self")
    return [*call.arguments.values(), *(vars(owner).values() if hasattr(owner, "__dict__") else ())]


def _function(call: Call, names: dict[str, Any]) -> Any:
    """The function that was called, if it can be found by its name, and takes no more than plain arguments."""
    code = call.code
    if code.co_kwonlyargcount or code.co_flags & 0x2C:
        return None
    found = getattr(type(call.arguments["self"]), code.co_name, None) if "self" in call.arguments else None
    found = found or names.get(code.co_name)
    return found if getattr(found, "__code__", None) is code else None


def _tables(result: Any) -> list[Array]:
    """The arrays in what a function returned, and a list of rows as one array."""
    found = [a for _, a in arrays_in(result)]
    if isinstance(result, list):
        try:
            found.append(np.asarray(result, dtype=float))
        except (TypeError, ValueError):
            return found
    return [np.asarray(a, dtype=float) for a in found if a.dtype.kind in "iufb" and a.size > 3]
