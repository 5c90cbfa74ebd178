"""Choices and loops, taken by the values that are there; a recording notes that it looked."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.export.onnx.operators.table import Call, numbers, operator


def _truth(x: Any) -> bool:
    return bool(np.ravel(numbers(x))[0])


@operator("If")
def _if(call: Call, condition: Any) -> Any:
    return call.graph(call.get("then_branch" if _truth(condition) else "else_branch"))


@operator("Loop")
def _loop(call: Call, limit: Any, condition: Any, *state: Any) -> Any:
    """The body gives whether to go on, the new state, and what each turn leaves behind."""
    turns, going = None if limit is None else int(np.ravel(numbers(limit))[0]), condition is None or _truth(condition)
    carried, left = list(state), []
    i = 0
    while going and (turns is None or i < turns):
        found = call.graph(call.get("body"), np.asarray(i, np.int64), np.asarray(True), *carried)
        going, carried = _truth(found[0]), list(found[1 : 1 + len(state)])
        left.append(found[1 + len(state) :])
        i += 1
    if not left and call.n_outputs > len(state):
        raise call.refuse("a loop without turns")
    return (*carried, *(np.stack(parts) for parts in zip(*left, strict=True)))


@operator("Scan")
def _scan(call: Call, *inputs: Any) -> Any:
    if call.opset < 9:
        raise call.refuse("its first version")
    count = call.get("num_scan_inputs")
    state, scanned = list(inputs[:-count]), inputs[-count:]
    axes = call.get("scan_input_axes", (0,) * count)
    back = call.get("scan_input_directions", (0,) * count)
    rows = [np.moveaxis(x, a, 0) for x, a in zip(scanned, axes, strict=True)]
    rows = [np.flip(x, 0) if b else x for x, b in zip(rows, back, strict=True)]
    left = []
    for i in range(np.shape(rows[0])[0]):
        found = call.graph(call.get("body"), *state, *(x[i] for x in rows))
        state = list(found[: len(state)])
        left.append(found[len(state) :])
    kept = [np.stack(parts) for parts in zip(*left, strict=True)]
    directions = call.get("scan_output_directions", (0,) * len(kept))
    kept = [np.flip(x, 0) if b else x for x, b in zip(kept, directions, strict=True)]
    axes = call.get("scan_output_axes", (0,) * len(kept))
    return (*state, *(np.moveaxis(x, 0, a) for x, a in zip(kept, axes, strict=True)))
