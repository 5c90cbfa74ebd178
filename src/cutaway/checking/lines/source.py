"""The text of the author's files, and its syntax trees: every text is parsed once."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from functools import lru_cache


def text_in(file: str) -> str:
    """The text of a file; empty where there is none."""
    return "".join(linecache.getlines(file))


@lru_cache(maxsize=64)
def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a program, the same for all who ask: nobody may change it. None if it is not Python."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def parts(text: str) -> Iterator[ast.AST]:
    """All that stands in a program, outermost first; nothing if it is not Python."""
    tree = parsed(text)
    return ast.walk(tree) if tree is not None else iter(())


def assignments(root: ast.AST, name: str) -> Iterator[int]:
    """The lines of the assignments that give a plain name its value, alone or as one of several."""
    for node in ast.walk(root):
        if isinstance(node, ast.Assign):
            flat = [t for x in node.targets for t in (x.elts if isinstance(x, ast.Tuple | ast.List) else [x])]
            if any(isinstance(t, ast.Name) and t.id == name for t in flat):
                yield node.lineno


def spliced(line: str, start: int, end: int, new: str) -> str:
    """A line with ``new`` in the place of what stands from ``start`` to ``end``, counted in bytes as ``ast`` does."""
    raw = line.encode()
    return (raw[:start] + new.encode() + raw[end:]).decode()
