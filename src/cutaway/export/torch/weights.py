"""Weights of PyTorch's into a network: by the names of its module, or by their order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cutaway.errors import DataError, DataMissingError, DtypeError, ShapeError
from cutaway.export.torch.sheet import Arrays
from cutaway.export.torch.source import twin

if TYPE_CHECKING:
    from cutaway.nn.network import Network


def load_state_dict(net: Network, given: Mapping[str, Any] | str | Path) -> None:
    """Put weights of PyTorch's, or of a file, into a network; nothing is changed unless all of them fit.

    Parameters
    ----------
    net : Network
        Built, so that its shapes are known.
    given : mapping or path
        A ``state_dict`` (tensors or arrays, in PyTorch's layout) or a safetensors file of one. The names are those of
        the network's own module, or any others whose order is that of the layers (``0.weight, 0.bias, 2.weight, ...``).
        A file that cutaway saved is taken too.

    Raises
    ------
    DataError
        If names are missing or unexpected; all of them are named.
    ShapeError
        If an array has another shape.
    DataMissingError
        If there is no such file.
    """
    net._built()
    arrays = (
        _of_file(Path(given)) if isinstance(given, (str, Path)) else {str(k): as_array(v) for k, v in given.items()}
    )
    if arrays and all(name.startswith("module.") for name in arrays):  # of DataParallel
        arrays = {name.removeprefix("module."): a for name, a in arrays.items()}
    own = {f"{i}.{k}": a for part in (net.params, net.state) for i, p in enumerate(part) for k, a in p.items()}
    if own.keys() <= arrays.keys():
        check_shapes(arrays, own)
        for name, array in own.items():
            array[...] = arrays[name]
        return
    found = twin(net)
    expected = found.state()
    arrays = _in_our_names(arrays, expected)
    optional = {name for name in expected if _not_learned(name)}
    missing = [name for name in expected if name not in arrays and name not in optional]
    unexpected = [name for name in arrays if name not in expected]
    if missing or unexpected:
        parts = [
            f"{what}: {', '.join(names)}" for what, names in (("missing", missing), ("unexpected", unexpected)) if names
        ]
        raise DataError(
            "The weights do not fit the network",
            received="; ".join(parts),
            instead=f"Its module has the names {', '.join(n for n in expected if n not in optional)}",
        )
    check_shapes(arrays, expected)
    found.take(arrays)


def _in_our_names(arrays: Arrays, expected: Arrays) -> Arrays:
    """Arrays by the names of the network's module, if they have others and come in the order of the layers."""
    if not (arrays.keys() - expected.keys()):
        return arrays
    theirs, ours = _groups(arrays), _groups(expected)
    if len(theirs) != len(ours):
        return arrays
    renamed: Arrays = {}
    for (other, names), (own, wanted) in zip(theirs.items(), ours.items(), strict=True):
        if any(name not in wanted for name in names):
            return arrays
        renamed |= {f"{own}.{name}": arrays[f"{other}.{name}" if other else name] for name in names}
    return renamed


def _groups(names: Mapping[str, Any]) -> dict[str, list[str]]:
    """The last parts of names by what stands before them."""
    found: dict[str, list[str]] = {}
    for name in names:
        before, _, last = name.rpartition(".")
        found.setdefault(before, []).append(last)
    return found


def _not_learned(name: str) -> bool:
    return name.endswith(("num_batches_tracked", "mean.edges", "mean.weights", ".edges"))


def check_shapes(arrays: Arrays, expected: Arrays) -> None:
    """Raise a ShapeError that names an array of another shape than expected."""
    for name, array in arrays.items():
        if name in expected and np.shape(array) != np.shape(expected[name]):
            turned = np.shape(array) == np.shape(expected[name])[::-1]
            raise ShapeError(
                f"{name} does not fit the network",
                received=f"shape {np.shape(array)}, expected {np.shape(expected[name])}",
                instead="Give the weights in PyTorch's layout, (outputs, inputs)" if turned else None,
            )


def as_array(value: Any) -> Any:
    """A tensor or array as an array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) in ("torch.bfloat16", "torch.float16") else value
        return value.numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise DtypeError("Weights must be numbers", received=f"dtype {array.dtype}")
    return array


def _of_file(path: Path) -> Arrays:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not path.is_file():
        raise DataMissingError("There is no such file of weights", received=str(path))
    try:
        arrays = load_file(path)
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise DataError(
            f"{path} is no safetensors file",
            received=str(error)[:100],
            instead="Write safetensors.torch.save_file(module.state_dict(), path); files of torch.save may hold code",
        ) from error
    # a file has its names sorted as text; the numbers in them give the order of the layers back
    return dict(
        sorted(arrays.items(), key=lambda item: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", item[0])])
    )
