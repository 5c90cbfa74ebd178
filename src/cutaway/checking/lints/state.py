"""State kept between calls: the same function gives another answer the second time, because of what the first one left.

Two proofs are wanted. In the loop a function gave something else than it gives afresh for the same parameters and
data; and called twice in a row it does so again, until one attribute or name is set back to what it was.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, TypeAlias

import numpy as np

from cutaway.checking.lines.places import Where, name_of, text_of, tree_of
from cutaway.checking.records import Array, Case, Finding, Params
from cutaway.checking.running.authored import is_users
from cutaway.checking.running.log import Call, Log, arrays_in
from cutaway.checking.running.marks import copied
from cutaway.checking.running.observe import calls_of, kept_of, observe, undisturbed, watched
from cutaway.checking.running.quiet import quiet

Holder: TypeAlias = "MutableMapping[str, Any]"  # the attributes of an object, or the names of a module
MOST = 12  # calls of the loop that are compared
CLOSE = 1e-6  # relative: rounding in other orders
EQUAL = 1e-10  # relative: the same computation twice


def kept_state(case: Case) -> Iterator[Finding]:
    """What a function of the network leaves behind and takes up again when it is called the next time."""
    found = _in_case(case) or _in_loop(case)
    if found is None:
        return
    name, first, second, frames = found
    read, written = _lines(case, name)
    if not read and not written:
        written = _written_in_place(case, name)
    places = [*read[:2], *written[:1]]
    for i, where in enumerate(dict.fromkeys(places)):
        yield Finding(
            "state-kept",
            "update",
            f"{name} is taken up from the call before: with the same parameters and data {frames} gives {first:.6g} "
            f"and then {second:.6g}, and again {first:.6g} if {name} is set back."
            if i == 0
            else "It is kept here for the next call."
            if where in written
            else "Or here, where it is read.",
            f"Start every call afresh: zeros of its shape instead of {name}."
            if read
            else "Leave the array as it is: x = x / c makes a new one, x /= c changes the caller's.",
            (),
            *where,
            {"kept": name, "first_call": first, "second_call": second},
            text_of(case, where),
            hint="Call the function twice with the same arguments: are the answers the same?",
            certain=i == 0,
        )


Found: TypeAlias = "tuple[str, float, float, str]"  # what is kept, two answers, the function


def _in_case(case: Case) -> Found | None:
    """The loss itself, called twice."""
    loss = case.loss
    if loss is None:
        return None
    _as_made(case)
    with undisturbed(), quiet(loss):
        first = _answer(lambda: loss(case.copies()))
    with undisturbed(), quiet(loss):
        second = _answer(lambda: loss(case.copies()))
    if first is None or second is None or _same(first, second):
        return None
    _, log, problem = watched(case, loss, case.copies())
    program = case.notes.get("program")
    roots = [c.arguments["self"] for c in log.calls if "self" in c.arguments]
    holders = [h for root in roots for h in _holders(root)]
    if problem is not None:
        return None
    if program is not None:
        holders += [program.namespace, *(_Defaults(f) for f in program.namespace.values() if _has_defaults(f))]
    _as_made(case)
    return _culprit(lambda: loss(case.copies()), loss, holders, "the loss")


def _as_made(case: Case) -> None:
    """Put back what the program's arrays held when it was ready, where later calls have changed them."""
    program, log = case.notes.get("program"), case.notes.get("log")
    if program is None or log is None:
        return
    last = {c.name: c for c in log.changes if c.slot[0] == 0 and len(c.slot[1]) == 1 and isinstance(c.new, np.ndarray)}
    for name, c in last.items():
        array = program.namespace.get(name)
        if not isinstance(array, np.ndarray) or np.array_equal(array, c.new):
            continue
        if id(array) == c.identity and array.shape == c.new.shape:
            array[...] = c.new
        else:
            program.namespace[name] = c.new.copy()


def _in_loop(case: Case) -> Found | None:
    """A method that the loop calls with all the data, and that gave another answer there than it gives afresh."""
    seen = observe(case)
    if seen is None or case.loss is None:
        return None
    kept = kept_of(case, seen.log)
    if set(kept) != set(case.params):
        return None
    for fn in (case.loss, case.gradients):
        _, log, problem = calls_of(case, fn) if fn is not None else (None, Log(), ValueError())
        known = {c.code: c for c in reversed(log.calls) if "self" in c.arguments and len(c.arguments) > 1}
        if problem is not None:
            continue
        tried = [c for c in seen.log.calls if c.code in known and c.returned >= 0 and _alike(c, known[c.code])]
        for call in tried[:MOST]:
            values: Params = {n: [c.new for c in cs if c.at <= call.at or c is cs[0]][-1] for n, cs in kept.items()}
            fresh = _afresh(case, fn, values, call)
            if fresh is None or _same(_numbers(call.result), fresh, CLOSE):
                continue
            root = call.arguments["self"]
            method = getattr(root, call.code.co_name, None)
            if getattr(getattr(method, "__func__", None), "__code__", None) is not call.code:
                continue
            own = [v for n, v in call.arguments.items() if n != "self"]
            found = _culprit(lambda m=method, a=own: m(*a), method, _holders(root), call.code.co_name)  # type: ignore[misc]
            if found is not None:
                return found
    return None


def _afresh(case: Case, fn: Any, values: Params, call: Call) -> Array | None:
    """What the function of a call gives at these parameters, as the case calls it."""
    _, log, problem = watched(case, fn, {n: np.array(v) for n, v in values.items()}, calls_only=True)
    if problem is not None:
        return None
    return next((_numbers(c.result) for c in log.calls if c.code is call.code and _alike(c, call)), None)


def _alike(a: Call, b: Call) -> bool:
    """Whether two calls got the same arguments."""
    names = [n for n in a.arguments if n != "self"]
    return names == [n for n in b.arguments if n != "self"] and all(
        _same(_numbers(a.arguments[n]), _numbers(b.arguments[n])) for n in names
    )


def _numbers(value: Any) -> Array:
    """All numbers in something, one after the other."""
    if isinstance(value, int | float | np.number):
        return np.array([float(value)])
    parts = [np.asarray(a, dtype=float).ravel() for _, a in arrays_in(value) if a.dtype.kind in "fiub"]
    return np.concatenate(parts) if parts else np.zeros(0)


def _same(a: Array, b: Array, close: float = EQUAL) -> bool:
    if a.shape != b.shape:
        return False
    scale = float(np.abs(a).max(initial=0))
    return bool(np.allclose(a, b, rtol=close, atol=close * scale, equal_nan=True))


def _answer(fn: Callable[[], Any]) -> Array | None:
    try:
        with np.errstate(all="ignore"):
            return _numbers(fn())
    except Exception:
        return None


# Which name it is ----------------------------------------------------------------------------------------------------


def _culprit(fn: Callable[[], Any], root: Any, holders: list[Holder], called: str) -> Found | None:
    """Call twice; then set back one thing that the first call changed after the other, and call again."""

    def answer() -> Array | None:
        with undisturbed(), quiet(root):
            return _answer(fn)

    before = [_state(h) for h in holders]
    try:
        first = answer()
        after = [_state(h) for h in holders]
        second = answer()
        if first is None or second is None or not first.size or _same(first, second):
            return None
        for holder, old, new in zip(holders, before, after, strict=True):
            for name in new:
                if name not in old or _same(_numbers(old[name]), _numbers(new[name])):
                    continue
                _put_back(holders, after)
                holder[name] = copied(old[name])
                again = answer()
                if again is not None and _same(again, first):
                    i = int(np.argmax(np.abs(first - second)))
                    shown = name if "__name__" in holder else f"self.{name}"
                    return shown, float(first[i]), float(second[i]), called
        return None
    finally:
        _put_back(holders, before)


def _holders(root: Any, depth: int = 0) -> list[Holder]:
    """The attributes of an object of the author's and of those that it holds."""
    if isinstance(root, list | tuple):
        return [h for v in root[:64] for h in _holders(v, depth + 1)] if depth < 3 else []
    if not is_users(type(root)) or not hasattr(root, "__dict__") or depth >= 3:
        return []
    return [root.__dict__, *(h for v in list(root.__dict__.values()) for h in _holders(v, depth + 1))]


class _Defaults(dict[str, Any]):
    """The arrays that are defaults of a function's arguments: made once, for all calls."""

    def __init__(self, function: Any) -> None:
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        defaults = function.__defaults__
        super().__init__(zip(names[len(names) - len(defaults) :], defaults, strict=True))

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(self[name], np.ndarray):
            self[name][...] = value


def _has_defaults(value: Any) -> bool:
    defaults = getattr(value, "__defaults__", None) or ()
    return hasattr(value, "__code__") and any(isinstance(d, np.ndarray) for d in defaults)


def _state(holder: Holder) -> dict[str, Any]:
    return {
        n: copied(v)
        for n, v in holder.items()
        if isinstance(v, np.ndarray | int | float | list | dict) and n[:2] != "__"
    }


def _put_back(holders: list[Holder], states: list[dict[str, Any]]) -> None:
    for holder, state in zip(holders, states, strict=True):
        for name, value in state.items():
            holder[name] = copied(value)


def _written_in_place(case: Case, name: str) -> list[Where]:
    """The line of the loss that writes into an array which it was given under another name."""
    program = case.notes.get("program")
    array = program.namespace.get(name) if program is not None else None
    if array is None or case.loss is None:
        return []
    _, log, _ = watched(case, case.loss, case.copies())
    return [(c.file, c.line) for c in log.changes if c.inplace and c.identity == id(array)]


def _lines(case: Case, name: str) -> tuple[list[Where], list[Where]]:
    """The lines outside of ``__init__`` that read a name or an attribute, and those that write it."""
    own = name.rpartition(".")[2]
    tree = tree_of(case, case.file) if case.file else None
    read, written = [], []
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)) if tree is not None else ():
        if function.name == "__init__":
            continue
        nodes = [n for n in ast.walk(function) if isinstance(n, ast.Attribute | ast.Name) and name_of(n) == own]
        stores = [n.lineno for n in nodes if isinstance(n.ctx, ast.Store)]
        loads = [n.lineno for n in nodes if isinstance(n.ctx, ast.Load)]
        if stores:  # what takes it up stands in the function that leaves it
            read += [(case.file, line) for line in loads]
            written += [(case.file, line) for line in stores]
    return read, written
