"""A velocity that is computed in every step and never used for one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import at_each, name_of, root_of, statements_at, targets_of, tree_of
from cutaway.checking.lints.update.made_anew import carries
from cutaway.checking.lints.update.steps import Explained
from cutaway.checking.records import Finding


def unused_velocity(explained: Explained) -> Iterator[Finding]:
    """Plain steps, although an array of the same shape is carried from step to step that nothing else reads."""
    case, one = explained.case, explained.seen
    tree = tree_of(case, case.file) if case.file else None
    if explained.rule.name != "sgd" or explained.rule.rate < 0 or tree is None:
        return
    lines: dict[tuple[str, str], set[int]] = {}  # that write each name in a loop
    for c in one.log.changes:
        if c.loops:
            lines.setdefault((c.name, c.file), set()).add(c.line)
    for c in one.log.changes:
        if not isinstance(c.new, np.ndarray) or c.new.shape != np.shape(one.steps[0].before) or not c.loops:
            continue
        if c.old is None or not np.any(c.old):
            continue
        if len(lines[c.name, c.file]) > 1:
            continue  # another line of the loop writes it: nothing is carried
        for statement in statements_at(case, (c.file, c.line)):
            if not carries(statement):
                continue
            (target, *_) = targets_of(statement)
            name = name_of(ast.parse(root_of(target), mode="eval").body)
            if not name or _read_elsewhere(tree, name, statement):
                continue
            finding = explained.finding(
                "velocity-not-used",
                f"{name} is carried from step to step and nothing reads it: each step of {one.name} is "
                f"{explained.rule.rate:.3g} times the gradient, as without momentum.",
                f"Move {one.name} by {name}.",
                times_read=0,
            )
            places = (explained.where, (c.file, c.line))
            yield from at_each(case, finding, places, f"{name} is computed here.", certain=True)
            return


def _read_elsewhere(tree: ast.AST, name: str, own: ast.stmt) -> bool:
    """Whether anything but a statement on the same line reads the name, or the attribute."""
    lines = set(range(own.lineno, (own.end_lineno or own.lineno) + 1))
    stored = {id(t) for n in ast.walk(tree) for x in targets_of(n) for t in ast.walk(x)}
    reads = [n for n in ast.walk(tree) if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)]
    if any(name_of(n) == name and id(n) not in stored and n.lineno not in lines for n in reads):
        return True
    same = [s for s in ast.walk(tree) if isinstance(s, ast.stmt) and not hasattr(s, "body") and s.lineno in lines]
    return any(
        name_of(n) == name and id(n) not in stored
        for s in same
        if s is not own
        for n in ast.walk(s)
        if isinstance(n, ast.Name | ast.Attribute)
    )
