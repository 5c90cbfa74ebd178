"""What a function does to a list, or a copy, that was made for its call alone: ``shuffle_arrays([self.X, self.y])``.

A function that takes ``*arrays`` and gets one list exchanges the two entries of that list; one that writes
``arrays[i] = arrays[i][order]`` puts new arrays into it. Nobody else has the list, so the arrays stay as they were.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from cutaway.checking.lines.places import Where, at_each, name_of, tree_of
from cutaway.checking.lints.lost_calls import MOST_FRAMES
from cutaway.checking.lints.written_copies import COPYING, IN_PLACE, SHUFFLING
from cutaway.checking.records import Case, Finding, Kind
from cutaway.checking.running.log import Call, Log, arrays_in
from cutaway.checking.running.observe import logs_of

READS = (ast.Name, ast.Attribute)
MOST = 20  # calls of one statement that are looked at
DRAWING = ("set_state", "setstate", "seed")  # calls that leave all but the random numbers as they are


def lost_in_a_list(case: Case) -> Iterator[Finding]:
    """Statements that give a list made on the spot to a function which changes that list, and nothing else."""
    tree = tree_of(case, case.file) if case.file else None
    if tree is None:
        return
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    for node in (n.value for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)):
        made = [a for a in node.args if _is_made_here(a)]
        callee = functions.get(name_of(node.func))
        if callee is not None and not made:
            found = list(_rebound(case, node, callee)) if not _calls_others(callee, functions) else []
            yield from found
            if found:
                return
        if not made or (callee is None and name_of(node.func) not in SHUFFLING):
            continue
        if callee is None:
            if isinstance(node.args[0], ast.List) and _was_run(case, tree, node.lineno):
                yield from _findings(case, node, made[0], [], None, None)
                return
            continue
        line = 0 if _calls_others(callee, functions) else _changing(callee, _own_names(callee, node))
        calls = _calls(case, node, callee) if line else []
        if calls and all(_is_lost(log, call, _own_names(callee, node, (ast.Call,))) for log, call in calls):
            yield from _findings(case, node, made[0], [(case.file, line)], calls[0][1], callee)
            return


def _findings(
    case: Case,
    node: ast.Call,
    made: ast.expr,
    others: list[Where],
    call: Call | None,
    callee: ast.FunctionDef | None,
) -> Iterator[Finding]:
    held, called = _held(made), ast.unparse(node.func)
    fix = f"Let it return what it made, and keep that: {', '.join(held)} = {called}(...)"
    if callee is None:
        fix = f"Draw one order and use it for all: i = rng.permutation(len({held[0]})); {held[0]} = {held[0]}[i]"
    elif isinstance(made, ast.Call) and name_of(made.func) != "list":
        fix = f"Hand over the array itself, not a copy: {called}({', '.join(held)})"
    elif callee.args.vararg is not None:
        fix = f"Hand the arrays over one by one: {called}({', '.join(held)})"
    shuffled = "shuffle" in ast.unparse(node.func).lower()
    values = [a for v in call.arguments.values() for _, a in arrays_in(v)] if call is not None else []
    weights = any(v.shape == np.shape(p) and np.array_equal(v, p) for v in values for p in case.params.values())
    kind: Kind = "update" if weights and not shuffled else "data"
    finding = Finding(
        "written-to-a-copy",
        kind,
        f"{ast.unparse(made)} is made for this call alone: what {ast.unparse(node.func)} changes is this "
        f"{'list' if not isinstance(made, ast.Call) else 'copy'}, which is gone after it, and {' and '.join(held)} "
        f"{'stay' if len(held) > 1 else 'stays'} as {'they were' if len(held) > 1 else 'it was'}, each time.",
        fix,
        evidence={"changes_of_the_arrays": 0},
        hint="Compare the first rows before and after this line.",
    )
    yield from at_each(case, finding, [(case.file, node.lineno), *others], "Or here, where this list is changed.")


def _is_made_here(node: ast.expr) -> bool:
    """Whether an argument is a list of what has a name, or a copy of it, that nothing else holds."""
    if isinstance(node, ast.List):
        return bool(node.elts) and all(isinstance(e, (*READS, ast.Subscript)) for e in node.elts)
    return isinstance(node, ast.Call) and name_of(node.func) in COPYING and bool(_held(node))


def _held(node: ast.expr) -> list[str]:
    """The names of the arrays that a list or a copy is made of."""
    if isinstance(node, ast.List):
        return [ast.unparse(e) for e in node.elts]
    if isinstance(node, ast.Call):
        inner = node.args or ([node.func.value] if isinstance(node.func, ast.Attribute) else [])
        if inner and isinstance(inner[0], ast.Call) and name_of(inner[0].func) == "zip":
            inner = inner[0].args
        return [ast.unparse(e) for e in inner if isinstance(e, READS)]
    return []


def _rebound(case: Case, node: ast.Call, callee: ast.FunctionDef) -> Iterator[Finding]:
    """A function that only gives its own arguments other values, which nobody but itself ever has."""
    given = {a.arg for a in callee.args.args}
    lines: dict[str, int] = {}
    for n in (n for n in ast.walk(callee) if isinstance(n, ast.Assign)):
        first = n.targets[0]
        for t in first.elts if isinstance(first, ast.Tuple) else n.targets:
            if isinstance(t, ast.Name) and t.id in given & _names(n.value):
                lines.setdefault(t.id, n.lineno)
    calls = _calls(case, node, callee) if lines and _does_nothing_else(callee) else []
    if not calls or not all(_is_lost(log, call, set()) for log, call in calls):
        return
    log, call = calls[0]
    arrays = {k: v for k, v in call.arguments.items() if k in lines and isinstance(v, np.ndarray)}
    others = {c.name: c.new for c in log.changes if c.slot[0] == call.frame and c.old is not None and c.name in arrays}
    moved = {
        k: int(np.sum(v != others[k])) if np.shape(others[k]) == v.shape else v.size
        for k, v in arrays.items()
        if k in others
    }
    if not any(moved.values()) or any(_is_parameter(case, v) for v in arrays.values()):
        return
    names, kept = " and ".join(moved), ", ".join(ast.unparse(a) for a in node.args[: len(moved)])
    finding = Finding(
        "result-thrown-away",
        "data",
        f"{callee.name} gives its own {names} other values, and they are gone when it ends: the arrays that it was "
        f"given stay as they were, though {max(moved.values())} of their {max(v.size for v in arrays.values())} "
        "numbers would be others.",
        f"Return them, and keep what comes back: {kept} = {ast.unparse(node)}",
        evidence={"numbers_that_would_be_others": moved},
        hint="Which array does a name stand for inside of a function, and which one outside of it?",
    )
    places = [(case.file, line) for line in (node.lineno, *(lines[k] for k in moved))]
    yield from at_each(
        case, finding, list(dict.fromkeys(places)), "Or here, where a name of the function's own gets it."
    )


def _is_parameter(case: Case, value: np.ndarray[Any, Any]) -> bool:
    return any(value.shape == np.shape(p) and np.array_equal(value, p) for p in case.params.values())


EFFECTS = (ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal, ast.Raise, ast.Assert, ast.With, ast.Try, ast.Delete)


def _does_nothing_else(function: ast.FunctionDef) -> bool:
    """Whether all that a function does is to give names of its own their values."""
    nodes = [n for n in ast.walk(function) if isinstance(n, ast.stmt | ast.Yield | ast.YieldFrom)]
    if any(isinstance(n, EFFECTS) for n in nodes):
        return False
    for n in nodes:
        if isinstance(n, ast.Return) and n.value is not None:  # what is thrown away then is said elsewhere
            return False
        text = isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
        if isinstance(n, ast.Expr) and not text and name_of(getattr(n.value, "func", n.value)) not in DRAWING:
            return False
        targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, ast.AugAssign) else []
        if any(isinstance(t, ast.Attribute | ast.Subscript) for one in targets for t in ast.walk(one)):
            return False
    return True


def _calls_others(function: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> bool:
    """Whether a function calls others of the author's, which may do anything: ``x = layer.forward(x)``."""
    return any(isinstance(n, ast.Call) and name_of(n.func) in functions for n in ast.walk(function))


def _changing(function: ast.FunctionDef, own: set[str]) -> int:
    """The line of a function that changes what was made for its call, if the function does no more than that."""
    if not own or any(isinstance(n, EFFECTS) for n in ast.walk(function)):
        return 0
    found = 0
    for n in ast.walk(function):
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call):
            name, owner = name_of(n.value.func), getattr(n.value.func, "value", None)
            changed = owner if name in IN_PLACE else n.value.args[0] if n.value.args else None
            if name in (*SHUFFLING, *IN_PLACE) and isinstance(changed, ast.Name) and changed.id in own:
                found = found or n.lineno
            elif name not in DRAWING:
                return 0
        elif isinstance(n, ast.Assign | ast.AugAssign):
            targets = n.targets if isinstance(n, ast.Assign) else [n.target]
            for t in (e for one in targets for e in (one.elts if isinstance(one, ast.Tuple | ast.List) else [one])):
                if isinstance(t, ast.Subscript) and isinstance(t.value, ast.Name) and t.value.id in own:
                    found = found or n.lineno
                elif not isinstance(t, ast.Name):
                    return 0
    return found


def _own_names(function: ast.FunctionDef, call: ast.Call, kinds: tuple[type, ...] = (ast.expr,)) -> set[str]:
    """The names in a function that stand for what was made for its call."""
    arguments = [a.arg for a in function.args.args]
    if arguments[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute):
        arguments = arguments[1:]
    found = {name for name, a in zip(arguments, call.args, strict=False) if _is_made_here(a) and isinstance(a, kinds)}
    rest = call.args[len(arguments) :]
    if function.args.vararg is None or not rest or not all(_is_made_here(a) and isinstance(a, kinds) for a in rest):
        return found
    packed = function.args.vararg.arg
    for n in ast.walk(function):
        if isinstance(n, ast.For) and isinstance(n.iter, ast.Name) and n.iter.id == packed:
            found |= _names(n.target)
    return found


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _calls(case: Case, node: ast.Call, callee: ast.FunctionDef) -> list[tuple[Log, Call]]:
    """The calls that a statement made, as far as they were seen from beginning to end."""
    found = [
        (log, c)
        for log in logs_of(case)
        for c in log.calls
        if c.caller_line == node.lineno and c.code.co_name == callee.name and c.returned >= 0
    ]
    return found[:MOST]


def _is_lost(log: Log, call: Call, copied: set[str]) -> bool:
    """Whether no array changed during a call that anybody but the function has: none but what it calls ``copied``."""
    for c in (c for c in log.changes if call.at <= c.at <= call.returned and isinstance(c.new, np.ndarray)):
        elsewhere = c.slot[0] < call.frame or c.slot[0] > MOST_FRAMES
        if c.slot[0] == call.frame and len(c.slot[1]) == 1 and c.name in copied:
            continue
        if c.unseen or c.inplace or (elsewhere and c.old is not None):
            return False
    return True


def _was_run(case: Case, tree: ast.Module, line: int) -> bool:
    """Whether the function around a line was called, if there is one."""
    around = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.lineno < line <= (n.end_lineno or 0)]
    return not around or any(c.code.co_name == around[-1].name for log in logs_of(case) for c in log.calls)
