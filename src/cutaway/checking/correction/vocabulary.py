"""What is written in a function and around it: what somebody may have meant to write in the place of something else."""

from __future__ import annotations

import ast
from difflib import SequenceMatcher
from typing import Any

READS = (ast.Name, ast.Attribute, ast.Subscript)
MODULES = ("np", "numpy", "math", "scipy")
ALIKE = 24  # other names that are tried in the place of one
HELPERS = 8  # functions of one argument that are tried around a value


class Words:
    """What is written in a function and around it: names, attributes, functions of one argument, numbers."""

    def __init__(self, function: ast.FunctionDef, program: ast.AST) -> None:
        given = (*function.args.args, *function.args.kwonlyargs)
        self.reads: dict[Any, set[str]] = {"name": {a.arg for a in given} - {"self", "cls"}}
        everywhere = [n for n in ast.walk(program) if isinstance(n, ast.Attribute)]
        called = {id(n.func) for n in ast.walk(program) if isinstance(n, ast.Call)}
        for node in (*(n for n in ast.walk(function) if isinstance(n, READS)), *everywhere):
            if id(node) not in called and not is_module(node) and is_plain(node):
                self.reads.setdefault(kind_of(node), set()).add(ast.unparse(node))
        self.loops = sorted(
            {n.id for loop in ast.walk(function) if isinstance(loop, ast.For | ast.comprehension)
             for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        )  # fmt: skip
        defined = [n for n in ast.walk(program) if isinstance(n, ast.FunctionDef) and n is not function]
        methods = {id(m) for c in ast.walk(program) if isinstance(c, ast.ClassDef) for m in c.body}
        plain = [d for d in defined if _is_formula(d)]
        single = [d for d in plain if len(d.args.args) - (id(d) in methods and not _static(d)) == 1]
        self.helpers = [f"self.{d.name}" if id(d) in methods else d.name for d in single][:HELPERS]
        self.flags = {d.name: _flags(d) for d in defined}
        lines = (n for n in ast.walk(function) if isinstance(n, ast.Constant))
        self.numbers = list(dict.fromkeys(n.value for n in lines if type(n.value) in (int, float)))[:8]
        self.sizes = sorted(
            {ast.unparse(n) for n in ast.walk(program) if _is_size(n)}, key=len
        )[:6]  # fmt: skip

    def alike(self, node: ast.expr) -> list[str]:
        """Other texts that are read in the same way, most alike first."""
        own = ast.unparse(node)
        found = self.reads.get(kind_of(node), set()) - {own}
        return sorted(found, key=lambda text: (-SequenceMatcher(None, own, text).ratio(), text))[:ALIKE]


def kind_of(node: ast.expr) -> Any:
    """How something is read: a name, an attribute of the same thing, an entry of something read alike."""
    if isinstance(node, ast.Subscript):
        return "entry", kind_of(node.value)
    return ("attribute", ast.unparse(node.value)) if isinstance(node, ast.Attribute) else "name"


def is_module(node: Any) -> bool:
    """Whether a name stands for a library."""
    return isinstance(node, ast.Name) and node.id in MODULES


def is_plain(node: ast.AST) -> bool:
    """Whether something is only read, and nothing called for it, and it is no part of a library."""
    return not any(isinstance(n, ast.Call) or is_module(n) for n in ast.walk(node))


def _is_size(node: ast.AST) -> bool:
    """``len(X)``, ``X.shape[0]``."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape" and is_plain(node)
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len"
    return named and all(is_plain(a) for a in node.args)  # type: ignore[attr-defined]


def _flags(function: ast.FunctionDef) -> list[tuple[str, bool]]:
    """The switches of a function: arguments that are True or False where nobody says so."""
    last = function.args.args[len(function.args.args) - len(function.args.defaults) :]
    pairs = zip(last, function.args.defaults, strict=True)
    return [(a.arg, d.value) for a, d in pairs if isinstance(d, ast.Constant) and isinstance(d.value, bool)]


def _is_formula(function: ast.FunctionDef) -> bool:
    """Whether a function does no more than to compute something, such as a slope."""
    inner = [n for n in ast.walk(function) if isinstance(n, ast.For | ast.While | ast.With | ast.Expr | ast.Raise)]
    text = ast.get_docstring(function) is not None
    made = any(isinstance(n, ast.Return) and n.value is not None for n in ast.walk(function))
    return made and len(inner) <= text and all(isinstance(d, ast.Name) for d in function.decorator_list)


def _static(function: ast.FunctionDef) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)


def expr(text: str) -> ast.expr:
    """The expression that a text is."""
    return ast.parse(text, mode="eval").body
