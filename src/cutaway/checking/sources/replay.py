"""Run one iteration of the author's loop again, from a snapshot, with other parameters in the place of the author's.

The statements are the author's own, compiled with their file and lines, so that recordings name them. Whatever they
compute on the way is caught: what functions return, their variables, what is printed, what names hold at the end.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import random
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FrameType
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.running.authored import authored, is_users
from cutaway.checking.running.log import DEEPEST, LONGEST
from cutaway.checking.running.program import Loop, Program
from cutaway.checking.running.quiet import NOWHERE
from cutaway.checking.running.watch import Watch
from cutaway.checking.sources.shown import NOT_RECORDED, SHOWN, with_numbers_shown
from cutaway.checking.sources.snapshots import Path, Snapshot, clone, get, is_data, put
from cutaway.errors import TraceError
from cutaway.tracing import Traced

Label: TypeAlias = "tuple[Any, ...]"
ONCE = "__cutaway_once__"


@dataclass
class Caught:
    """Everything that one iteration computed, by where it was seen."""

    values: dict[Label, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None

    def scalars(self) -> dict[Label, float]:
        """The single numbers among them."""
        found = {}
        for label, value in self.values.items():
            plain = value.value if type(value) is Traced else value
            if isinstance(plain, float | np.floating) or (isinstance(plain, np.ndarray) and plain.size == 1):
                found[label] = float(np.asarray(plain).reshape(-1)[0])
        return found

    def arrays(self) -> dict[Label, np.ndarray[Any, Any]]:
        """The arrays among them, as plain arrays."""
        found = {}
        for label, value in self.values.items():
            plain = value.value if type(value) is Traced else value
            if isinstance(plain, np.ndarray | np.floating) and np.asarray(plain).dtype.kind == "f":
                found[label] = np.asarray(plain)
        return found


class Replay:
    """One iteration, ready to be run again.

    Parameters
    ----------
    program, snapshot
    statements : list of ast.stmt
        What is run.
    parameters : dict of str to Path
        Where the parameters stand in the snapshot.
    """

    def __init__(
        self, program: Program, snapshot: Snapshot, statements: Sequence[ast.stmt], parameters: dict[str, Path]
    ) -> None:
        self.program, self.snapshot, self.parameters = program, snapshot, parameters
        self.state = snapshot.state
        self.names = sorted({*(snapshot.state["locals"] or ()), *stored(statements)})
        self.code = _compiled(program, list(statements), snapshot, self.names)
        cells = tuple(types.CellType() for _ in self.code.co_freevars)
        self.root = types.FunctionType(self.code, program.namespace, closure=cells)  # what a recording looks through

    def run(self, values: dict[str, Any], state: dict[str, Any] | None = None, watch: Watch | None = None) -> Caught:
        """Run the statements with ``values`` as parameters; with a watch, that sees instead of what is caught."""
        state = self.state if state is None else state
        memo: dict[int, Any] = {}
        for name, path in self.parameters.items():
            old, value = get(state, path), values[name]
            # a box of its own: the step may write into it
            new = Traced(value.recorder, value.variable) if type(value) is Traced else np.array(value)
            if type(old) is np.ndarray or type(old) is Traced:
                memo[id(old)] = new
        fresh = {
            part: None if held is None else {k: clone(v, memo) for k, v in held.items()} for part, held in state.items()
        }
        for name, path in self.parameters.items():
            value = values[name]
            if not isinstance(get(state, path), np.ndarray):  # a number: nothing can be written into it
                put(fresh, path, value.item() if type(value) is Traced else float(value))
            elif type(value) is Traced:
                put(fresh, path, memo.get(id(get(state, path)), value))
        return self._run(fresh, watch)

    def _run(self, fresh: dict[str, Any], watch: Watch | None) -> Caught:
        namespace = self.program.namespace
        kept = dict(namespace)
        later = [k for k, v in kept.items() if k not in fresh["globals"] and not k.startswith("__") and is_data(v)]
        caught = Caught()
        probe = _Probe(caught, sys.gettrace())
        generators = random.getstate(), np.random.get_state()  # noqa: NPY002 - what old code draws from
        random.setstate(self.snapshot.generators[0])
        np.random.set_state(self.snapshot.generators[1])  # noqa: NPY002 - what old code draws from
        tracer, printer = sys.gettrace(), builtins.print
        cells: dict[str, types.CellType] = {}
        try:
            for name in later:  # names that the program gave only after this moment
                del namespace[name]
            namespace.update(fresh["globals"])
            before = set(namespace)
            if fresh["locals"] is None:
                step: Callable[[], Any] = partial(exec, self.code, namespace)
            else:
                cells = {n: _cell(fresh["locals"], n) for n in self.names}
                function = types.FunctionType(
                    self.code, namespace, closure=tuple(cells[n] for n in self.code.co_freevars)
                )
                step = function
            builtins.print = probe.print
            setattr(builtins, SHOWN, probe.shown)
            setattr(builtins, NOT_RECORDED, TraceError)
            with contextlib.redirect_stdout(NOWHERE), np.errstate(all="ignore"):
                if watch is None:
                    sys.settrace(probe.enter)
                try:
                    with watch or contextlib.nullcontext():
                        step()
                except Exception as error:
                    caught.error = error
                finally:
                    sys.settrace(tracer)
            local = None if fresh["locals"] is None else {n: c.cell_contents for n, c in cells.items() if _full(c)}
            probe.names("", namespace)
            if local is not None:
                probe.names("local", local)
            caught.after = {
                "globals": {k: v for k, v in namespace.items() if k in fresh["globals"] or k not in before},
                "locals": local,
            }
        finally:
            builtins.print = printer
            namespace.clear()
            namespace.update(kept)
            random.setstate(generators[0])
            np.random.set_state(generators[1])  # noqa: NPY002 - what old code draws from
        return caught


class _Probe:
    """Catches what the running statements compute."""

    def __init__(self, caught: Caught, tracer: Any) -> None:
        self.caught, self.tracer = caught, tracer  # one who listened before goes on listening
        self.counts: dict[Any, int] = {}

    def _note(self, label: Label, value: Any) -> None:
        number = self.counts[label] = self.counts.get(label, -1) + 1
        self.caught.values[(*label, number)] = value

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        also = self.tracer(frame, event, arg) if self.tracer is not None else None
        if not authored(frame.f_code.co_filename):
            return also
        frame.f_trace_lines = False
        return partial(self.leave, also)

    def leave(self, also: Any, frame: FrameType, event: str, arg: Any) -> Any:
        if also is not None:
            also(frame, event, arg)
        if event == "return":
            title = titled(frame.f_code)
            if title not in ("<module>", ONCE):
                for way, value in _leaves(arg):
                    self._note(("return", title, way), value)
                for name, held in frame.f_locals.items():
                    for way, value in _leaves(held):
                        self._note(("local", title, name, way), value)
        return partial(self.leave, also)

    def print(self, *args: Any, **kwargs: Any) -> None:
        for i, value in enumerate(args):
            if _number(value):
                self._note(("print", i), value)
            else:
                str(value)

    def shown(self, place: int, value: Any) -> Any:
        if _number(value):
            self._note(("shown", place), value)
        return value

    def names(self, where: str, held: dict[str, Any]) -> None:
        """What the names hold in the end."""
        seen: set[int] = set()
        todo: list[tuple[Label, Any, int]] = [((k,), v, 0) for k, v in held.items() if not k.startswith("__")]
        while todo:
            way, value, depth = todo.pop()
            if _number(value):
                self.caught.values[("name", where, *way)] = value
            elif isinstance(value, list | tuple | dict) and depth < DEEPEST and len(value) <= LONGEST:
                if id(value) in seen:
                    continue
                seen.add(id(value))
                items = value.items() if isinstance(value, dict) else enumerate(value)
                todo += [((*way, k), v, depth + 1) for k, v in items]
            elif is_users(type(value)) and id(value) not in seen and depth < DEEPEST:
                seen.add(id(value))
                todo += [((*way, k), v, depth + 1) for k, v in getattr(value, "__dict__", {}).items()]


def titled(code: types.CodeType) -> str:
    """A function's name as labels have it: with that of its class, where Python knows it."""
    return code.co_qualname if hasattr(code, "co_qualname") else code.co_name


def _leaves(value: Any, way: tuple[Any, ...] = (), depth: int = 0) -> list[tuple[tuple[Any, ...], Any]]:
    if _number(value):
        return [(way, value)]
    if isinstance(value, list | tuple | dict) and depth < 3 and len(value) <= LONGEST:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for k, v in items for found in _leaves(v, (*way, k), depth + 1)]
    return []


def _number(value: Any) -> bool:
    return type(value) in (Traced, np.ndarray, float) or isinstance(value, np.floating)


def _full(cell: types.CellType) -> bool:
    try:
        return bool(cell.cell_contents is cell.cell_contents)
    except ValueError:
        return False


def _cell(values: dict[str, Any], name: str) -> types.CellType:
    return types.CellType(values[name]) if name in values else types.CellType()


def stored(statements: Sequence[ast.stmt]) -> set[str]:
    """The names that the statements bind, outside functions of their own."""
    found: set[str] = set()
    todo: list[ast.AST] = list(statements)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        todo += list(ast.iter_child_nodes(node))
    return found


def _compiled(program: Program, statements: list[ast.stmt], snapshot: Snapshot, names: list[str]) -> CodeType:
    """The statements as code: of the module, or of a function whose variables are cells."""
    line, statements = statements[0].lineno, with_numbers_shown(statements)
    once: ast.stmt = ast.For(
        target=ast.Name(ONCE, ast.Store()),
        iter=ast.Tuple([ast.Constant(0)], ast.Load()),
        body=statements,
        orelse=[],
    )
    _place(once, line)
    if snapshot.state["locals"] is None:
        module = ast.Module([once], [])
        return compile(ast.fix_missing_locations(module), program.path, "exec", dont_inherit=True)
    known = [n for n in names if n.isidentifier()]
    inner = ast.FunctionDef(ONCE, _no_arguments(), [ast.Nonlocal(known), once] if known else [once], [])
    inner.decorator_list = []
    outer = ast.FunctionDef("outer", _no_arguments(known), [inner, ast.Return(ast.Name(ONCE, ast.Load()))], [])
    outer.decorator_list = []
    module = ast.Module([outer], [])
    for node in (inner, outer):
        _place(node, line)
    compiled = compile(ast.fix_missing_locations(module), program.path, "exec", dont_inherit=True)
    return _code_named(_code_named(compiled, "outer"), ONCE)


def _place(node: ast.AST, line: int) -> None:
    for part in ast.walk(node):
        if isinstance(part, ast.stmt | ast.expr) and not hasattr(part, "lineno"):
            part.lineno, part.end_lineno, part.col_offset, part.end_col_offset = line, line, 0, 0


def _no_arguments(names: Sequence[str] = ()) -> ast.arguments:
    return ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])


def _code_named(code: CodeType, name: str) -> CodeType:
    return next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)


def body_of(loop: Loop) -> list[ast.stmt]:
    """What an iteration runs, as a fresh copy."""
    import copy

    return [copy.deepcopy(node) for node in loop.body]
