"""A user's file, made ready to be watched: parsed, every loop given a silent marker, and run as its user runs it.

The markers stand on lines of their own statements, so that line numbers, tracebacks and recordings stay the author's.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import tokenize
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cutaway.checking.running.lost import subject_of
from cutaway.errors import DataMissingError, UsageError

MARK, AFTER, ASIDE = "__cutaway_iteration__", "__cutaway_after_loop__", "__cutaway_aside__"
LOST = "__cutaway_lost__"
Loop = ast.For | ast.While


class InputRefusedError(Exception):
    """The program asked for input, and nobody is there to answer."""


@dataclass
class Program:
    """A parsed file.

    Attributes
    ----------
    path : str
        As the code objects name it.
    source : str
    tree : ast.Module
        Without markers.
    loops : dict of int to ast.For or ast.While
        Every loop, by the number that its marker carries.
    lost : dict of int to ast.Call
        Every call whose value is lost, by the number that its marker carries.
    module : module, optional
        Once it was run.
    """

    path: str
    source: str
    tree: ast.Module
    loops: dict[int, Loop] = field(default_factory=dict)
    lost: dict[int, ast.Call] = field(default_factory=dict)
    module: types.ModuleType | None = None

    @property
    def namespace(self) -> dict[str, Any]:
        """The names that the file defined."""
        return vars(self.module) if self.module is not None else {}

    @property
    def lines(self) -> list[str]:
        return self.source.splitlines()

    def defines(self, name: str) -> bool:
        """Whether ``name`` is bound at the top of the file."""
        return name in _bound(self.tree.body)

    def prepare(self, name: str, *listeners: Callable[..., None]) -> None:
        """Make the module ``name`` (``"__main__"`` as for a user), still empty, and the world that it expects."""
        module = self.module = types.ModuleType(name)
        module.__file__ = self.path
        sys.modules[name] = module
        sys.argv = [self.path]
        sys.path.insert(0, str(Path(self.path).resolve().parent))
        listen(*listeners)
        builtins.input = _refuse
        if not hasattr(builtins, "get_ipython"):
            builtins.get_ipython = lambda: _Anything()  # type: ignore[attr-defined]

    def run(self) -> None:
        """Execute the file in the module that was prepared."""
        exec(self.compiled(), self.namespace)

    def compiled(self) -> types.CodeType:
        """The file with its markers."""
        marked = _Marker(self.loops, self.lost).visit(ast.parse(self.source, self.path))
        return compile(ast.fix_missing_locations(marked), self.path, "exec", dont_inherit=True)


Listener = Callable[[int], None]


def listen(on_iteration: Listener, on_end: Listener, aside: Listener, lost: Callable[..., None]) -> None:
    """Say what the markers of every program call."""
    setattr(builtins, LOST, lost)
    setattr(builtins, MARK, on_iteration)
    setattr(builtins, AFTER, on_end)
    setattr(builtins, ASIDE, aside)


def read(path: str | Path) -> Program:
    """Parse a file.

    Raises
    ------
    DataMissingError
        If there is no such file.
    UsageError
        If it is not Python.
    """
    path = Path(path)
    if not path.is_file():
        raise DataMissingError("The file to check is not there", received=str(path), instead="Name a Python file")
    try:
        with tokenize.open(path) as file:
            source = file.read()
        source = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
        tree = ast.parse(source, str(path))
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        place = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise UsageError(f"{path} is not a Python program", received=place) from error
    # what runs is what is shown, also after the program has gone to another folder; no time: it is never read again
    linecache.cache[str(path)] = (len(source), None, source.splitlines(keepends=True), str(path))
    return Program(str(path), source, tree)


class _Marker(ast.NodeTransformer):
    """Puts :data:`MARK` at the start of every loop's body, :data:`AFTER` behind it, :data:`ASIDE` around imports.

    A call whose value is lost is given to :data:`LOST`, with what its value was made of.
    """

    def __init__(self, loops: dict[int, Loop], lost: dict[int, ast.Call]) -> None:
        self.loops, self.lost = loops, lost
        self.loops.clear()
        self.lost.clear()

    def visit_Expr(self, node: ast.Expr) -> Any:
        call = node.value
        subject = subject_of(call)
        if subject is None or not isinstance(call, ast.Call):
            return self.generic_visit(node)
        number = len(self.lost)
        self.lost[number] = call
        marker = ast.copy_location(ast.Name(LOST, ast.Load()), call)
        again = ast.parse(ast.unparse(subject), mode="eval").body
        for part in ast.walk(again):
            ast.copy_location(part, call)
        node.value = ast.copy_location(ast.Call(marker, [ast.Constant(number), call, again], []), call)
        return node

    def visit_For(self, node: ast.For) -> Any:
        return self._loop(node)

    def visit_While(self, node: ast.While) -> Any:
        return self._loop(node)

    def visit_Import(self, node: ast.Import) -> Any:
        # what happens inside imported packages need not be looked at, and would take long
        return [_call(ASIDE, 1, node), node, _call(ASIDE, 0, node)]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        if node.module == "__future__":
            return node
        return [_call(ASIDE, 1, node), node, _call(ASIDE, 0, node)]

    def _loop(self, node: Loop) -> Any:
        number = len(self.loops)
        self.loops[number] = node
        self.generic_visit(node)
        node.body.insert(0, _call(MARK, number, node.body[0]))
        return [node, _call(AFTER, number, node)]


def _call(name: str, number: int, at: ast.stmt) -> ast.Expr:
    call = ast.Call(ast.Name(name, ast.Load()), [ast.Constant(number)], [])
    return ast.copy_location(ast.Expr(ast.copy_location(call, at)), at)


def is_marker(node: ast.stmt) -> bool:
    """Whether a statement is one of the markers."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in (MARK, AFTER, ASIDE)
    )


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that a list of statements binds, without going into functions and classes."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
            continue
        found |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        found |= {
            a.asname or a.name for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names
        }
    return found


def _refuse(prompt: object = "") -> str:
    raise InputRefusedError(f"The program asks for input ({str(prompt)[:60]!r}), and nobody is there to answer")


class _Anything:
    """Stands in for a notebook's shell: takes every call, does nothing."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self
