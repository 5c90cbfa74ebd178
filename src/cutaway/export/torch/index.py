"""Indices as PyTorch writes them: it knows no negative steps, and takes a number beside arrays for a slice."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.errors import TraceError
from cutaway.export.torch.words import Write, as_tensor, shape_of
from cutaway.graph import Eqn, Var, literal
from cutaway.ops.select import Slot


def _index(eqn: Eqn, arrays: list[str], shape: tuple[int, ...], first: int) -> tuple[list[int], list[str]]:
    """The axes that have to be turned round first, since PyTorch knows no negative steps, and the parts of an index."""
    turned: list[int] = []
    parts: list[str] = []
    index = eqn.params["index"]
    several = any(isinstance(p, Slot) for p in index)
    used = sum(1 for p in index if p is not None and p is not Ellipsis)
    used += sum(np.ndim(_value(eqn, first + p.i)) - 1 for p in index if isinstance(p, Slot) and _mask(eqn, first + p.i))
    axis = 0
    for part in index:
        if isinstance(part, Slot):
            text, mask = arrays[part.i], _mask(eqn, first + part.i)
            value = _value(eqn, first + part.i)
            parts.append(text if mask or np.asarray(value).dtype == np.int64 else f"{text}.long()")
            axis += np.ndim(value) if mask else 1
        elif part is None:
            parts.append("None")
        elif part is Ellipsis:
            parts.append("...")
            axis += len(shape) - used
        elif isinstance(part, slice):
            start, stop, step = part.indices(shape[axis])
            if step < 0:
                turned.append(axis)
                n = shape[axis]
                start, stop, step = n - 1 - start, n - 1 - stop, -step
                part = slice(start, stop, step)
            parts.append(literal(part))
            axis += 1
        else:
            parts.append(f"torch.tensor([{part}])" if several else str(int(part)))
            axis += 1
    return turned, parts


def _value(eqn: Eqn, i: int) -> Any:
    atom = eqn.inputs[i]
    return atom.value if isinstance(atom, Var) else atom


def _mask(eqn: Eqn, i: int) -> bool:
    return bool(np.asarray(_value(eqn, i)).dtype == bool)


def _as_slice(text: str) -> str:
    """``slice(1, None, None)`` as it stands in brackets, ``1:``."""
    if not text.startswith("slice("):
        return text
    start, stop, step = text[6:-1].split(", ")
    return f"{start if start != 'None' else ''}:{stop if stop != 'None' else ''}" + (
        f":{step}" if step not in ("None", "1") else ""
    )


def take(texts: list[str], eqn: Eqn, page: set[str]) -> str:
    """``x[index]``."""
    turned, parts = _index(eqn, texts[1:], shape_of(eqn, 0), 1)
    flipped = f".flip({', '.join(map(str, turned))})" if turned else ""
    return f"{texts[0]}{flipped}[{', '.join(map(_as_slice, parts)) or '()'}]"


def writing(name: str, n_arguments: int) -> Write:
    """What writes into places of an array; so many arguments stand before those of the index."""

    def write(texts: list[str], eqn: Eqn, page: set[str]) -> str:
        shape = eqn.params.get("shape", eqn.output.shape)
        turned, parts = _index(eqn, texts[n_arguments:], shape, n_arguments)
        if turned:
            raise TraceError(
                f"{eqn.where or 'The program'}: writing into a slice with a negative step has no twin in PyTorch",
                instead="Write the reversed values into the slice with a positive step",
            )
        masks = all(_mask(eqn, k) for k in range(n_arguments, len(texts)))
        own = name if masks or name != "put_at" else "put_last"
        page.add(own)
        index = f"({', '.join('Ellipsis' if p == '...' else p for p in parts)}{',' if len(parts) == 1 else ''})"
        more = f", {literal(tuple(shape))}" if name == "scatter" else ""
        first = [as_tensor(t, i, eqn) if i == 0 else t for i, t in enumerate(texts[:n_arguments])]
        return f"{own}({', '.join(first)}, {index}{more})"

    return write
