"""Changed texts tried on the author's own functions: the right one makes their gradients right.

Where values are plain numbers, computed one by one in loops over samples and neurons, no single value shows which line
is wrong. The whole program does: it is run with one small change after the other, as somebody would try them.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cutaway.checking.correction.edited import Text
from cutaway.checking.correction.edits import Edit, copies, edits
from cutaway.checking.lines.source import spliced

SECONDS = 3.0  # for all trials
OUTER = 0.5  # how much less likely the function is that calls all others: it may be no more than an adapter
OTHER = 0.3  # and a line of which it is not known that it computes anything
NEAR = 3  # lines
TOGETHER = 3  # lines that are wrong at once


@dataclass(frozen=True)
class Rewrite:
    """A changed line, and the gradients that are right with it.

    Attributes
    ----------
    line : int
    before, after : str
        What is written there, and what should be.
    corrected : str
        The corrected line.
    right : frozenset of str
    moved_before : int
        The line that a statement should stand before, if it only stands too far down.
    """

    line: int
    before: str
    after: str
    corrected: str
    right: frozenset[str]
    moved_before: int = 0


def rewrites(
    text: Text,
    functions: list[ast.FunctionDef],
    lines: Collection[int],
    wrong: frozenset[str],
    still_wrong: Callable[[], frozenset[str] | None],
    seconds: float = SECONDS,
) -> list[Rewrite]:
    """Changes that together make all wrong gradients right; an empty list where none are found.

    ``lines`` are those that can be at fault, by what they compute; of ``functions``, the first are the likeliest.
    ``still_wrong()`` says which gradients are wrong with the functions as they are now; None if they fail.
    """
    tried = []
    for k, function in enumerate(functions):
        outer = OUTER if 0 < k == len(functions) - 1 else 0.0
        tried += [(e.cost + outer + OTHER * (e.line not in lines), e) for e in edits(function, text.tree)]
    tried.sort(key=lambda t: t[0])
    deadline = time.process_time() + seconds
    found: list[tuple[Edit, Rewrite]] = []
    left = wrong
    try:
        while left and len(found) < TOGETHER:
            best: tuple[Edit, frozenset[str]] | None = None
            enough = (time.process_time() + deadline) / 2  # then what mends a part of it must do
            for _, edit in tried:
                if time.process_time() > (deadline if best is None else enough):
                    break
                with edit.part.instead(edit.other), text.running() as done:
                    now = still_wrong() if done else None
                if now is None or not now < left:
                    continue
                if best is None or len(now) < len(best[1]):
                    best = edit, now
                if not now:
                    break
            if best is None:
                break
            edit, now = best
            found.append((edit, _rewrite(text, edit, left - now)))
            edit.part.put(edit.other)
            left, line = now, edit.line
            tried = [t for t in tried if t[1].line != line and t[1].moved is None]
            tried.sort(key=lambda t: (abs(t[1].line - line) > NEAR, t[0]))  # nobody makes a mistake only once
    finally:
        for edit, _ in reversed(found):
            edit.part.put(edit.part.node)
    return [] if left else [one for _, one in found]


def unshared(
    text: Text, functions: list[ast.FunctionDef], still_wrong: Callable[[], frozenset[str] | None]
) -> list[Rewrite]:
    """The one change of a function after which it writes over nothing, and all gradients are right."""
    for edit in (e for f in functions for e in copies(f)):
        with edit.part.instead(edit.other), text.running() as done:
            now = still_wrong() if done else None
        if now is not None and not now:
            return [_rewrite(text, edit, frozenset())]
    return []


def _rewrite(text: Text, edit: Edit, right: frozenset[str]) -> Rewrite:
    lines = text.source.splitlines()
    if edit.moved is not None and edit.before is not None:
        own = lines[edit.line - 1].strip()
        return Rewrite(edit.line, own, own, own, right, edit.before.lineno)
    node, after = edit.part.node, ast.unparse(edit.other)
    if isinstance(edit.other, ast.BinOp | ast.UnaryOp | ast.Compare) and isinstance(edit.part.parent, ast.BinOp):
        after = f"({after})"
    corrected = after
    if node.end_lineno == node.lineno:
        corrected = spliced(lines[node.lineno - 1], node.col_offset, node.end_col_offset, after).strip()
    return Rewrite(node.lineno, ast.unparse(node), after, corrected, right)
