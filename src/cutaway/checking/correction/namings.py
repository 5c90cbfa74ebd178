"""Lines that give a value no more than a name: ``bi_grad = self.delta_f[t]``, an entry of a dict, of a tuple in a zip.

Nothing is computed there, and yet it is there that the wrong value gets its name. The proof is a trial: with another
of the author's own names on that line, the author's functions give the right gradients.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from cutaway.checking.correction.edited import Part, Text
from cutaway.checking.correction.rewrites import Rewrite
from cutaway.checking.correction.vocabulary import READS, kind_of
from cutaway.checking.lines.source import spliced

HANDED_ON = (ast.Assign, ast.AnnAssign, ast.Tuple, ast.List, ast.Dict, ast.Return, ast.Call, ast.keyword)
SECONDS = 2.0  # for all trials
MOST = 24  # other names that are tried on one line
TOGETHER = 4  # lines that are wrong at once


def namings(
    text: Text,
    functions: list[ast.FunctionDef],
    wrong: frozenset[str],
    still_wrong: Callable[[], frozenset[str] | None],
    seconds: float = SECONDS,
) -> list[Rewrite]:
    """Other names that together make all wrong gradients right; an empty list where there are none.

    ``still_wrong()`` says which gradients are wrong with the functions as they are now; None if they fail.
    """
    found: list[tuple[Rewrite, _Site, ast.expr]] = []
    left, started = wrong, time.process_time()
    sites = [site for f in functions for site in _sites(f)]
    sites.sort(key=lambda s: s.rank)
    while left and len(found) < TOGETHER:
        better = _first(text, sites, left, still_wrong, started, seconds)
        if better is None:
            break
        naming, site, other = better
        found.append(better)
        site.put(other)
        sites.remove(site)
        left = left - naming.right
    for _, site, _ in found:
        site.put(site.node)
    return [] if left else [naming for naming, *_ in found]


def _first(
    text: Text,
    sites: list[_Site],
    left: frozenset[str],
    still_wrong: Callable[[], frozenset[str] | None],
    started: float,
    seconds: float,
) -> tuple[Rewrite, _Site, ast.expr] | None:
    """The first other name that makes at least one more gradient right, and none wrong."""
    for site in sites:
        for other in site.others(text.tree)[:MOST]:
            if time.process_time() - started > seconds:
                return None
            with site.instead(other), text.running() as done:
                now = still_wrong() if done else None
            if now is None or not now < left:
                continue
            node, after = site.node, ast.unparse(other)
            line = text.source.splitlines()[node.lineno - 1]
            corrected = spliced(line, node.col_offset, node.end_col_offset or 0, after).strip()
            return Rewrite(node.lineno, ast.unparse(node), after, corrected, left - now), site, other
    return None


@dataclass(eq=False)
class _Site(Part):
    """A name that is read and handed on, where it stands in the tree."""

    function: ast.FunctionDef
    rank: int

    def others(self, tree: ast.AST) -> list[ast.expr]:
        """What else is read in the same way, most alike first: other names, other attributes, other keys and numbers.

        Plain names are those of the function, attributes those of the whole program.
        """
        own, kind = ast.unparse(self.node), kind_of(self.node)
        found: set[str] = set()
        within = {"name": self.function}
        node = self.node
        for n in ast.walk(within.get(_innermost(node), tree)):
            if isinstance(n, READS) and kind_of(n) == kind:
                found.add(ast.unparse(n))
            if isinstance(node, ast.Subscript) and isinstance(n, READS) and kind_of(n) == kind_of(node.value):
                found.add(ast.unparse(ast.Subscript(n, node.slice, ast.Load())))  # the same entry of another list
        if isinstance(node, ast.Subscript):
            found |= set(_neighbours(node))
        found -= {own}
        likely = sorted(found, key=lambda text: (-SequenceMatcher(None, own, text).ratio(), text))
        return [ast.copy_location(_read(text), self.node) for text in likely]


def _sites(function: ast.FunctionDef) -> Iterator[_Site]:
    """Where a function hands a name on: assignments first, then entries of dicts and tuples, then arguments."""
    for parent in ast.walk(function):
        if not isinstance(parent, HANDED_ON):
            continue
        for field, value in ast.iter_fields(parent):
            if field in ("targets", "target", "func", "annotation", "keys"):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else ((None, value),):
                if isinstance(node, READS) and isinstance(node.ctx, ast.Load):
                    plain = isinstance(parent, ast.Assign | ast.AnnAssign)
                    rank = 0 if plain else 2 if isinstance(parent, ast.Call | ast.Return) else 1
                    yield _Site(parent, field, index, node, function, rank)


def _innermost(node: ast.expr) -> str:
    """What a name, an attribute or an entry belongs to in the end."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return "name" if isinstance(node, ast.Name) else "attribute"


def _neighbours(node: ast.Subscript) -> Iterator[str]:
    """The entries beside one that a number or a name says."""
    base, index = ast.unparse(node.value), node.slice
    if isinstance(index, ast.Constant) and type(index.value) is int:
        yield from (f"{base}[{index.value + k}]" for k in (1, -1, 2, -2))
    elif isinstance(index, ast.Name):
        yield from (f"{base}[{index.id}{k}]" for k in (" + 1", " - 1"))
    elif isinstance(index, ast.BinOp) and isinstance(index.left, ast.Name):
        yield f"{base}[{index.left.id}]"


def _read(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
