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
        return _with_one_row(step)
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
    rows = [v for n, v in held.items() if n in names and isinstance(v, list | np.ndarray) and np.shape(v)[:1] > (1,)]
    direct = isinstance(loop, ast.For) and all(_passes_on(n) for n in ast.walk(loop.iter) if isinstance(n, ast.Call))
    if (
        not rows
        or not direct
        or len({len(v) for v in rows}) > 1
        or any(v is p for v in rows for p in _parameters(step))
    ):
        return state
    memo: dict[int, Any] = {id(v): v[:1] for v in rows} | {id(p): p for p in _parameters(step)}
    parts = state.items()
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
