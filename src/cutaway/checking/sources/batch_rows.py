"""Which rows of the data a step works on, so that what stands around it can be computed of the same rows."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np

from cutaway.checking.records import Array
from cutaway.checking.sources.parameters import Step
from cutaway.checking.sources.replay import Caught
from cutaway.checking.sources.snapshots import clone, get


def rows_of_batch(step: Step) -> dict[str, Any]:
    """The step's state with the rows of its batch in the place of all rows."""
    caught = step.replay.run(step.values)
    whole: dict[int, Array] = {}

    def visit(value: Any, depth: int = 0) -> None:
        if type(value) is np.ndarray and value.ndim:
            whole[id(value)] = value
        elif isinstance(value, dict) and depth < 3:
            for part in list(value.values())[:200]:
                visit(part, depth + 1)
        elif isinstance(value, list | tuple) and depth < 3:
            for part in value[:64]:
                visit(part, depth + 1)
        elif hasattr(value, "__dict__") and depth < 3 and not callable(value):
            for part in vars(value).values():
                visit(part, depth + 1)

    visit(step.replay.state)
    chosen = _chosen(list(whole.values()), caught)
    if chosen is None:
        items = batch_of_items(step)
        return _with_one_row(step) if items is None else _with(step, {id(items[0]): items[1]})
    axis, count, index = chosen
    memo: dict[int, Any] = {}
    protected = {id(v) for v in _parameters(step)}
    for key, array in whole.items():
        along = min(axis, array.ndim - 1)
        if key not in protected and array.shape[along] == count:
            memo[key] = np.take(array, index, axis=along)
    for value in _parameters(step):
        memo[id(value)] = value
    return {
        part: None if held is None else {k: clone(v, memo) for k, v in held.items()}
        for part, held in step.replay.state.items()
    }


def _with_one_row(step: Step) -> dict[str, Any]:
    """The step's state where what its loop goes through, ``for x, t in zip(X, T)``, has its first row alone."""
    state, loop = step.replay.state, step.replay.program.loops[step.snapshot.loop]
    names = {n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)} if isinstance(loop, ast.For) else set()
    held = {**state["globals"], **(state["locals"] or {})}
    found = [v for n, v in held.items() if n in names and isinstance(v, list | np.ndarray)]
    rows = [v for v in found if (isinstance(v, list) or v.ndim) and len(v) > 1]
    direct = isinstance(loop, ast.For) and all(_passes_on(n) for n in ast.walk(loop.iter) if isinstance(n, ast.Call))
    if (
        not rows
        or not direct
        or len({len(v) for v in rows}) > 1
        or any(v is p for v in rows for p in _parameters(step))
    ):
        return state
    return _with(step, {id(v): v[:1] for v in rows})


def batch_of_items(step: Step) -> tuple[list[Any], list[Any]] | None:
    """A list of samples, ``[(x, t), ...]``, and those of them that the step works on; None if there is no such list."""
    held = {**step.replay.state["globals"], **(step.replay.state["locals"] or {})}
    lists = {id(v): v for v in held.values() if isinstance(v, list) and len(v) > 1 and all(map(_marks, v[:2]))}
    if not lists:
        return None
    loop = step.replay.program.loops[step.snapshot.loop]
    given = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    groups: dict[tuple[Any, ...], set[bytes]] = {}
    for label, value in step.replay.run(step.values).values.items():
        if isinstance(value, np.ndarray) and (label[0] == "local" or (label[0] == "name" and label[2] in given)):
            groups.setdefault(label[:3], set()).add(_mark(value))
    for items in lists.values():
        marks = [_marks(item) for item in items]
        for kind in ("local", "name"):
            touched: set[int] = set()
            for key, seen in groups.items():
                own = {i for i, of in enumerate(marks) if of and of[0] in seen} if key[0] == kind else set()
                touched |= own if len(own) < len(items) else set()
            if 0 < len(touched) < len(items):
                return items, [items[i] for i in sorted(touched)]
    return None


def counted_as_batch(step: Step) -> dict[str, Any] | None:
    """The step's state where the number of all samples is that of its batch: a penalty is divided by it too."""
    items = batch_of_items(step)
    if items is None:
        return None
    count, own = (len(part) for part in items)
    state: dict[str, Any] = {
        part: held and {k: own if type(v) is int and v == count else v for k, v in held.items()}
        for part, held in step.replay.state.items()
    }
    return state


def _marks(item: Any) -> list[bytes]:
    """What tells a sample from others: the contents of its arrays, that of its inputs first."""
    return [_mark(v) for v in item if isinstance(v, np.ndarray)] if isinstance(item, list | tuple) else []


def _mark(array: Array) -> bytes:
    return repr(array.shape).encode() + np.ascontiguousarray(array).tobytes()


def _with(step: Step, others: dict[int, Any]) -> dict[str, Any]:
    """The step's state with other values in the place of some, by the ids of these."""
    memo: dict[int, Any] = others | {id(p): p for p in _parameters(step)}
    parts = step.replay.state.items()
    return {part: None if own is None else {k: clone(v, memo) for k, v in own.items()} for part, own in parts}


def _passes_on(call: ast.Call) -> bool:
    """Whether a call in the head of a loop gives the rows as they are, one after the other."""
    return isinstance(call.func, ast.Name) and call.func.id in ("zip", "enumerate", "list", "iter")


def _parameters(step: Step) -> list[Any]:
    return [get(step.replay.state, path) for path in step.replay.parameters.values()]


def _chosen(whole: list[Array], caught: Caught) -> tuple[int, int, Array] | None:
    """Which rows of the data the batch is: the axis, how many there are, and their numbers."""
    for batch in caught.arrays().values():
        for data in whole:
            for axis in (0, 1):
                if batch.ndim != 2 or data.ndim != 2 or batch.shape[1 - axis] != data.shape[1 - axis]:
                    continue
                if not 0 < batch.shape[axis] < data.shape[axis] or data.shape[1 - axis] < 2:
                    continue
                a, b = (np.moveaxis(x, axis, 0) for x in (batch, data))
                places = {np.ascontiguousarray(row).tobytes(): i for i, row in enumerate(b)}
                index = [places.get(np.ascontiguousarray(row, dtype=b.dtype).tobytes()) for row in a]
                if all(i is not None for i in index):
                    return axis, data.shape[axis], np.array(index, dtype=int)
    return None
