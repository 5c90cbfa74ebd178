"""What a loop keeps for later when a condition holds, and whether it stays as it was kept.

``best = net.params`` under ``if loss < lowest:`` keeps a reference: when the loop goes on writing to the parameters,
what was kept changes with them. So whatever an assignment under an ``if`` keeps is copied, and looked at again when the
next round of the loop begins and when something else is kept in its place.
"""

from __future__ import annotations

import ast
import linecache
from dataclasses import dataclass, field
from functools import lru_cache
from types import FrameType
from typing import Any

import numpy as np

from cutaway.checking.lines.source import parsed
from cutaway.checking.running.authored import is_users
from cutaway.checking.running.log import DEEPEST, LONGEST, Kept

ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


@dataclass(frozen=True)
class Keeper:
    """A statement that keeps something: under a condition, or in a function that is called under one.

    ``scored`` says whether the condition compares with a number that is kept beside it: the best one so far.
    """

    first: int
    last: int
    target: ast.expr
    value: ast.expr
    scored: bool
    appends: bool = False
    name: str = ""  # the target, as it is written


@dataclass
class Keeping:
    """Follows what is kept while a program runs."""

    log: list[Kept] = field(default_factory=list)
    current: dict[tuple[str, str], Kept] = field(default_factory=dict)
    keepers: dict[str, dict[int, list[Keeper]]] = field(default_factory=dict)

    def passed(self, frame: FrameType, line: int, then: int, at: int, loops: tuple[tuple[int, int, int], ...]) -> None:
        """A frame has gone from one line to another: ``then`` is 0 where it returns."""
        file = frame.f_code.co_filename
        known = self.keepers.get(file)
        if known is None:
            known = self.keepers[file] = keepers(file)
        for keeper in known.get(line, ()):
            if not keeper.first <= then <= keeper.last:
                self._keep(frame, file, keeper, at, loops)

    def round(self, loop: tuple[int, int]) -> None:
        """The next round of a loop begins, or it ends."""
        for kept in self.current.values():
            if any(known[:2] == loop for known in kept.loops):
                kept.rounds += 1
                _look_again(kept)

    def _keep(self, frame: FrameType, file: str, keeper: Keeper, at: int, loops: Any) -> None:
        value, owner = _resolved(frame, keeper.target)
        if keeper.appends:
            value = value[-1] if isinstance(value, list) and value else None
        arrays = list(_arrays(value))
        if not arrays or not loops:
            return
        place = file, keeper.name
        before = self.current.get(place)
        if before is not None:
            _look_again(before)
        roots = {n.id for n in ast.walk(keeper.value) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        sources = [a for root in sorted(roots) for a in _arrays(_resolved(frame, ast.Name(root))[0], owner)]
        shared = [i for i, a in enumerate(arrays) if any(s is a or np.may_share_memory(s, a) for s in sources)]
        kept = Kept(at, file, keeper, value, [np.array(a) for a in arrays], loops, tuple(shared))
        self.current[place] = kept
        self.log.append(kept)


def _look_again(kept: Kept) -> None:
    if not kept.changed and kept.shared:
        now = list(_arrays(kept.value))
        if len(now) == len(kept.copies):
            kept.changed = sum(not _same(now[i], kept.copies[i]) for i in kept.shared)


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _arrays(value: Any, but: tuple[int, Any] | None = None, depth: int = 0) -> Any:
    """The arrays in lists, dicts and objects of the user's, except in one item or attribute of one of them."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "fiu" and value.size:
            yield value
        return
    if depth >= DEEPEST:
        return
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list | tuple):
        items = list(enumerate(value))
    elif is_users(type(value)):
        items = list((getattr(value, "__dict__", None) or {}).items())
    else:
        return
    for key, item in items if len(items) <= LONGEST else ():
        if but is None or but[0] != id(value) or but[1] != key:
            yield from _arrays(item, but, depth + 1)


def _resolved(frame: FrameType, node: ast.expr) -> tuple[Any, tuple[int, Any] | None]:
    """What a name, attribute or item is, without running any code; and whose attribute or item it is, and which."""
    if isinstance(node, ast.Name):
        local = frame.f_locals
        return (local[node.id] if node.id in local else frame.f_globals.get(node.id)), None
    if isinstance(node, ast.Attribute):
        holder = _resolved(frame, node.value)[0]
        return (getattr(holder, "__dict__", None) or {}).get(node.attr), (id(holder), node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.Name):
        holder = _resolved(frame, node.value)[0]
        key: Any = node.slice.value if isinstance(node.slice, ast.Constant) else _resolved(frame, node.slice)[0]
        if isinstance(holder, dict) or (isinstance(holder, list) and isinstance(key, int)):
            return holder[key], (id(holder), key)
    return None, None


# Which statements keep something --------------------------------------------------------------------------------


def keepers(file: str) -> dict[int, list[Keeper]]:
    """The statements of a file that keep something, by line."""
    return _keepers("".join(linecache.getlines(file)))


@lru_cache(maxsize=16)
def _keepers(source: str) -> dict[int, list[Keeper]]:
    tree = parsed(source)
    if tree is None:
        return {}
    found: dict[tuple[int, str], Keeper] = {}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    for test in (n for n in ast.walk(tree) if isinstance(n, ast.If)):
        if not any(isinstance(n, ast.Compare | ast.Call | ast.Name | ast.Attribute) for n in ast.walk(test.test)):
            continue
        scored = _is_scored(test)
        inner = [s for part in test.body for s in ast.walk(part)]
        called = {_called(s) for s in inner} - {""}
        bodies = [inner]
        if scored:
            bodies += [list(ast.walk(f)) for f in functions if f.name in called and test not in ast.walk(f)]
        for statement in (s for body in bodies for s in body):
            for target, value in _kept_by(statement):
                assert isinstance(statement, ast.stmt)
                key = statement.lineno, ast.unparse(target)
                appends = isinstance(statement, ast.Expr) and ast.unparse(statement).startswith(f"{key[1]}.append")
                known = key in found and found[key].scored
                end = statement.end_lineno or statement.lineno
                found[key] = Keeper(statement.lineno, end, target, value, scored or known, appends, key[1])
    by_line: dict[int, list[Keeper]] = {}
    for keeper in found.values():
        for line in range(keeper.first, keeper.last + 1):
            by_line.setdefault(line, []).append(keeper)
    return by_line


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _kept_by(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """What a statement assigns to what; ``best.update(params)`` and ``kept.append(params)`` assign too."""
    if isinstance(node, ast.Assign):
        pairs: list[tuple[ast.expr, ast.expr]] = []
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                several = isinstance(node.value, ast.Tuple | ast.List) and len(node.value.elts) == len(target.elts)
                values = node.value.elts if several else [node.value] * len(target.elts)  # type: ignore[attr-defined]
                pairs += list(zip(target.elts, values, strict=True))
            else:
                pairs.append((target, node.value))
        return [(t, v) for t, v in pairs if not isinstance(v, ast.Constant)]
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        call, names = node.value, ("update", "append")
        if node.value.func.attr in names and len(call.args) == 1:
            return [(node.value.func.value, call.args[0])]
    return []


def _is_scored(test: ast.If) -> bool:
    """Whether a condition compares two numbers of which its body keeps one: the best one so far."""
    sides = {
        ast.unparse(side)
        for c in ast.walk(test.test)
        if isinstance(c, ast.Compare) and isinstance(c.ops[0], ORDERS)
        for side in (c.left, *c.comparators)
        if not isinstance(side, ast.Constant)
    }
    return any(
        ast.unparse(t) in sides
        for part in test.body
        for s in ast.walk(part)
        if isinstance(s, ast.Assign)
        for target in s.targets
        for t in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])
    )
