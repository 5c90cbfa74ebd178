"""The best parameters of a training, kept by reference: later steps change what was kept."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, root_of, statements_at, tree_of
from cutaway.checking.lints.update.steps import HINT
from cutaway.checking.records import Array, Case, Finding
from cutaway.checking.running.log import Kept, Log
from cutaway.checking.running.observe import logs_of

SHALLOW = ("dict", "list", "tuple", "copy", "copy.copy")


def best_by_reference(case: Case) -> Iterator[Finding]:
    """What is kept when a score improves, and has other numbers one round later."""
    for log in logs_of(case):
        by_keeper: dict[int, list[Kept]] = {}
        for kept in log.kept:
            by_keeper.setdefault(id(kept.keeper), []).append(kept)
        for entries in by_keeper.values():
            first = next((k for k in entries if k.changed), None)
            if first is not None and (first.keeper.scored or _kept_now_and_then(case, entries)):
                yield from _finding(case, log, first, len(entries))
                return


def _kept_now_and_then(case: Case, entries: list[Kept]) -> bool:
    """Whether something is kept again and again, not in every round, and nowhere else: an old state is wanted."""
    outer = [k.loops[-1][2] for k in entries]
    if len(entries) < 2 or outer[1] - outer[0] < 2 or not any(k.changed and k.rounds > 1 for k in entries):
        return False
    tree, own = tree_of(case, entries[0].file), entries[0].keeper
    target = ast.unparse(own.target)
    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While)] if tree is not None else []
    others = {
        s.lineno
        for loop in loops
        for s in ast.walk(loop)
        if isinstance(s, ast.Assign) and any(target == ast.unparse(t) for t in s.targets)
    }
    return others <= {own.first}


def _finding(case: Case, log: Log, kept: Kept, times: int) -> Iterator[Finding]:
    keeper, where = kept.keeper, (kept.file, kept.keeper.first)
    name, value = ast.unparse(keeper.target), ast.unparse(keeper.value)
    plain = name_of(ast.parse(root_of(keeper.target), mode="eval").body) if isinstance(keeper.target, ast.Name) else ""
    if plain and not _is_read(case, where, plain):
        return
    first = kept.copies[kept.shared[0]]
    writer = next(
        (
            c
            for c in log.changes
            if c.at > kept.at and c.inplace and isinstance(c.new, np.ndarray) and c.old is not None
            if any(_equal(c.old, kept.copies[i]) for i in kept.shared)
        ),
        None,
    )
    by = f", which line {writer.line} writes to" if writer is not None else ""
    evidence = {
        "arrays_kept": len(kept.copies),
        "arrays_shared": len(kept.shared),
        "arrays_changed": kept.changed,
        "times_kept": times,
        **({"written_to_in_line": writer.line} if writer is not None else {}),
    }
    single = len(kept.copies) == 1 and isinstance(kept.value, np.ndarray) and first.size
    whole = ast.unparse(_of_shallow(keeper.value))
    better = f"{value}.copy()" if single else f"copy.deepcopy({whole})"
    finding = Finding(
        "kept-by-reference",
        "update",
        f"{name} is kept here to be used later, and {kept.changed} of its {len(kept.copies)} arrays have other "
        f"numbers by the next round: they are those of {value}{by}.",
        f"Keep copies: {f'{name}.append({better})' if keeper.appends else f'{name} = {better}'}",
        evidence=evidence,
        hint=HINT,
    )
    places = [where] + ([(writer.file, writer.line)] if writer is not None else [])
    words = f"Or here: this line writes to what {name} keeps; a new array would leave it alone."
    yield from at_each(case, finding, places, words, fix="Make a new array: W = W - step instead of W -= step")


def _of_shallow(value: ast.expr) -> ast.expr:
    """``params`` of ``dict(params)``, ``copy.copy(params)`` and ``params.copy()``, which keep the same arrays."""
    if isinstance(value, ast.Call) and len(value.args) == 1 and ast.unparse(value.func) in SHALLOW:
        return value.args[0]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "copy":
        return value.func.value if not value.args else value
    return value


def _is_read(case: Case, where: Where, name: str) -> bool:
    """Whether a variable is read anywhere."""
    tree = tree_of(case, where[0])
    own = set(map(id, (n for s in statements_at(case, where) for n in ast.walk(s))))
    return tree is not None and any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) and id(n) not in own
        for n in ast.walk(tree)
    )


def _equal(a: Array, b: Array) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b))
