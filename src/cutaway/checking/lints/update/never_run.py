"""The branch that would have moved a parameter, and was never taken: which lines of the update ran, how often."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, name_of, root_of, tree_of, whole_targets
from cutaway.checking.records import Case
from cutaway.checking.running.authored import authored
from cutaway.checking.running.observe import undisturbed
from cutaway.checking.running.quiet import quiet

EVENTS = 200_000  # lines that are counted
LEAVING = (ast.Continue, ast.Break, ast.Return)


def branches(case: Case, near: list[Where]) -> list[Where]:
    """The conditions because of which a parameter is left out, and the lines that they kept from running.

    ``near`` are the lines that move the other parameters.
    """
    ran = lines_run(case)
    files = {w[0] for w in near} or {file for file, _ in ran}
    found: list[tuple[int, Where]] = []
    for file in sorted(files):
        tree = tree_of(case, file)
        movers = _movers(tree) if tree is not None else set()
        for function in ast.walk(tree) if tree is not None else ():
            if not isinstance(function, ast.FunctionDef | ast.Module):
                continue
            lines = range(getattr(function, "lineno", 0), (getattr(function, "end_lineno", None) or 0) + 1)
            beside = any(w[0] == file and w[1] in lines for w in near)
            steps = [
                m.lineno for m in _own(function) if isinstance(m, ast.stmt) and _moves(m) and not ran[file, m.lineno]
            ]
            for node in (n for n in _own(function) if isinstance(n, ast.If)):
                places = [*_places(node, file, ran, near, movers), *_behind(node, file, ran, steps)]
                found += [(0 if beside else 1, where) for where in places]
    best = min((rank for rank, _ in found), default=0)
    return list(dict.fromkeys(where for rank, where in found if rank == best))[:2]


def lines_run(case: Case) -> Counter[Where]:
    """How often each line of the author's ran in one step: of the update alone, or of the loop's first round."""
    ran: Counter[Where] = Counter()
    step: Callable[[], Any]
    if case.update is not None:
        rng = np.random.default_rng(0)
        gradients = {n: rng.normal(size=np.shape(v)) for n, v in case.params.items()}
        update = case.update

        def step() -> Any:
            return update(case.copies(), gradients, case.lr)

    elif case.train is not None:
        train = case.train

        def step() -> Any:
            return train(1)

    else:
        return ran

    def line(frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            ran[frame.f_code.co_filename, frame.f_lineno] += 1
            if ran.total() > EVENTS:
                sys.settrace(None)
        return line

    def entered(frame: FrameType, event: str, arg: Any) -> Any:
        return line if authored(frame.f_code.co_filename) else None

    before = sys.gettrace()
    with undisturbed(), quiet(case.update, case.train), np.errstate(all="ignore"):
        sys.settrace(entered)
        try:
            step()
        except Exception:
            return Counter()
        finally:
            sys.settrace(before)
    return ran


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """All that stands in a function, without what stands in functions in it."""
    todo = list(ast.iter_child_nodes(function))
    while todo:
        node = todo.pop(0)
        yield node
        if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def _movers(tree: ast.AST) -> set[str]:
    """The names of the functions that move something."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    return {f.name for f in functions if any(_moves(n) for n in _own(f))}


def _behind(node: ast.If, file: str, ran: Counter[Where], steps: list[int]) -> Iterator[Where]:
    """A condition that always leaves the function, and the first step behind it, which never ran."""
    left = steps and isinstance(node.body[-1], ast.Return) and ran[file, node.lineno]
    behind = [line for line in steps if line > (node.end_lineno or 0)]
    if left and behind:
        yield file, node.lineno
        yield file, behind[0]


def _places(node: ast.If, file: str, ran: Counter[Where], near: list[Where], movers: set[str]) -> Iterator[Where]:
    """The condition and what it kept from running, if it may have kept a parameter from moving."""
    asked = ran[file, node.test.lineno] or ran[file, node.lineno]
    if not asked:
        return
    taken = ran[file, node.body[0].lineno] if node.body[0].lineno != node.lineno else None
    for branch, other in ((node.body, node.orelse), (node.orelse, node.body)):
        if not branch:
            continue
        moves: list[Any] = [m for s in branch for m in ast.walk(s) if _moves(m)]
        elsewhere = {root_of(t) for s in other for m in ast.walk(s) if _moves(m) for t in whole_targets(m)}
        left_out: list[Any] = [
            m for m in moves if not ran[file, m.lineno] and root_of(whole_targets(m)[0]) not in elsewhere
        ]
        calls = [n for s in branch for n in ast.walk(s) if isinstance(n, ast.Call) and name_of(n.func) in movers]
        left_out += [n for n in calls if not ran[file, n.lineno]]
        same_line = branch[0].lineno == node.lineno
        if left_out and not same_line:
            yield file, node.lineno
            yield file, left_out[0].lineno
    within = any(w[0] == file and node.body[0].lineno <= w[1] <= (node.body[-1].end_lineno or 0) for w in near)
    if within and (taken is None or 0 < taken < asked) and not node.orelse:
        yield file, node.lineno
    if taken and not within and isinstance(node.body[-1], LEAVING) and len(node.body) == 1 and taken < asked:
        yield file, node.lineno


def _moves(node: ast.AST) -> bool:
    """Whether a statement adds something to what it gives a value, or takes it away: a step, not a count."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Add | ast.Sub) and not isinstance(node.value, ast.Constant)
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.BinOp):
        return False
    if not isinstance(node.value.op, ast.Add | ast.Sub) or isinstance(node.value.right, ast.Constant):
        return False
    own = {ast.unparse(t) for t in node.targets}
    return ast.unparse(node.value.left) in own or ast.unparse(node.value.right) in own
