"""What is differentiated, and by what: the arguments that a user chose, and the result of the function on them."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from cutaway import tree
from cutaway.errors import DtypeError, PeekWarning, ShapeError, TraceError, UsageError, one_of
from cutaway.graph import Var
from cutaway.tracing import Recording, Traced, record
from cutaway.tracing.record import argument_names, as_atom
from cutaway.tracing.recorder import active

Wrt = int | str | Sequence[int | str]
"""An argument, by position or name, or a key of a dict that is the first argument; or several of them."""


def nested(args: tuple[Any, ...]) -> bool:
    """Whether this is a derivative within something that is being recorded, and so to be recorded itself."""
    leaves = (leaf for arg in args for _, leaf in tree.leaves(arg))
    return active() is not None or any(type(leaf) is Traced and not leaf.constant for leaf in leaves)


def record_chosen(fn: Any, args: tuple[Any, ...], kwargs: Any, wrt: Wrt) -> tuple[Recording, tuple[Any, ...]]:
    """Record ``fn`` and pick the arguments to differentiate by."""
    choices = (wrt,) if isinstance(wrt, (int, str)) else tuple(wrt)
    if any(choice in kwargs for choice in choices):  # chosen by name and passed by name
        bound = inspect.signature(fn).bind(*args, **kwargs)
        args, kwargs = bound.args, bound.kwargs
    names = argument_names(fn, len(args))
    places: list[tuple[int, str | None]] = []
    for choice in choices:
        if isinstance(choice, int):
            if not -len(args) <= choice < len(args):
                raise UsageError(f"wrt={choice} names no argument", received=f"{len(args)} arguments")
            places.append((choice % len(args), None))
        elif choice in names:
            places.append((names.index(choice), None))
        elif args and isinstance(args[0], dict) and choice in args[0]:
            places.append((0, choice))
        else:
            known = names + (list(args[0]) if args and isinstance(args[0], dict) else [])
            raise one_of(choice, known, name="wrt")
    for i, key in places:
        _check_parameters(args[i] if key is None else args[i][key], names[i] if key is None else key)
    recording = record(fn, *args, scalars=[i for i, _ in places], **kwargs)
    return recording, tuple(recording.inputs[i] if key is None else recording.inputs[i][key] for i, key in places)


def _check_parameters(arg: Any, name: str) -> None:
    found = list(tree.leaves(arg, ""))
    if not found:
        raise UsageError(f"{name} holds no array to differentiate by")
    for path, leaf in found:
        label = f"{name}[{path}]" if path else name
        dtype = leaf.dtype if hasattr(leaf, "dtype") else np.asarray(leaf).dtype
        if dtype.kind in "iub" and not isinstance(leaf, int):
            raise DtypeError(
                f"{label} is an array of integers ({dtype}): an update like W -= lr * dW cannot change it by less than "
                "1, NumPy cuts the fraction off",
                instead=f"Make it an array of floats: {path or name}.astype(float), or write 0.0 instead of 0",
            )
        if dtype.kind not in "fiub":
            raise DtypeError(f"{label} must be an array of real numbers", received=str(dtype))


def array_output(recording: Recording) -> Var:
    """The one array that the function returned; it must depend on the arguments, and have a derivative."""
    leaves = [leaf for _, leaf in tree.leaves(recording.output)]
    if len(leaves) != 1:
        raise ShapeError(
            f"{recording.name} must return one array to be differentiated", received=f"{len(leaves)} values"
        )
    atom = as_atom(recording.recorder, leaves[0])
    looks = [p for p in recording.recorder.peeks if p.kind == "number" and p.where]
    if isinstance(atom, Var) and atom in recording.recorder.varying:
        if looks and active() is None:
            warnings.warn(
                f"{looks[0].where}: a recorded value was read as a plain Python number by code that cutaway does not "
                "see; if the result depends on that number, this part of the derivative is missing",
                PeekWarning,
                stacklevel=4,
            )
        if atom.dtype.kind not in "fc":
            raise DtypeError(
                f"{recording.name} returns integers ({atom.dtype}), which have no derivative",
                instead="Leave out the rounding or .astype(int), or differentiate what comes before it",
            )
        return atom
    at = f"; a recorded value became a plain Python number at {looks[0].where}" if looks else ""
    raise TraceError(
        f"The result of {recording.name} does not depend on its arguments{at}",
        instead="Compute the result from the arguments with NumPy functions",
    )


def scalar_output(recording: Recording) -> Var:
    """The one number that the function returned."""
    output = array_output(recording)
    if int(np.prod(output.shape)) != 1:
        raise ShapeError(
            f"{recording.name} must return one number to have a gradient",
            received=f"an array of shape {output.shape}",
            instead="Take the mean or the sum, or use ca.jacobian",
        )
    if output.shape:
        return Traced(recording.recorder, output).item().variable  # type: ignore[no-any-return]
    return output
