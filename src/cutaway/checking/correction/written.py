"""An expression of the author's, as it is written and with what its names mean, and how parts of it are exchanged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from cutaway.checking.correction.scope import Scope
from cutaway.checking.lines.source import parts, spliced

Variant: TypeAlias = "tuple[float, str, str]"
"""A changed text: its cost, what was changed, the text."""

SINGLE = (ast.Name, ast.Call, ast.Attribute, ast.Subscript)  # need no brackets as a factor


@dataclass(frozen=True)
class Written:
    """An expression as it stands in the program, with what its names mean there."""

    node: ast.expr
    source: str
    scope: Scope

    @cached_property
    def text(self) -> str:
        """Its text."""
        return self.of(self.node)

    @cached_property
    def value(self) -> Any:
        """What it gives; None if that is no array of numbers."""
        return self.scope.value(self.text)

    @cached_property
    def arrays(self) -> list[tuple[str, Any]]:
        """The texts of all arrays that can be named there, with the arrays."""
        return list(self.scope.arrays(_indices(self.source)))

    @cached_property
    def body(self) -> str:
        """Its text as a factor of a product."""
        return self.text if isinstance(self.node, SINGLE) else f"({self.text})"

    def of(self, part: ast.expr) -> str:
        """The text of a part."""
        return ast.get_source_segment(self.source, part) or ""

    def put(self, part: ast.expr, new: str) -> Iterator[str]:
        """The text with one part replaced; nothing if it goes over several lines."""
        node = self.node
        if part.lineno == node.lineno == node.end_lineno:
            start = node.col_offset
            yield spliced(self.text, part.col_offset - start, (part.end_col_offset or 0) - start, new)


@lru_cache(maxsize=16)
def _indices(source: str) -> frozenset[str]:
    """The names by which a program's lists and arrays are indexed."""
    slices = (node.slice for node in parts(source) if isinstance(node, ast.Subscript))
    return frozenset(n.id for index in slices for n in ast.walk(index) if isinstance(n, ast.Name))
