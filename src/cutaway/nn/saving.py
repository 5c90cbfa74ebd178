"""A network in one safetensors file: the weights as they are, the architecture beside them as JSON.

The graph of a graph layer is among the arrays. Nothing in the file is code. Names stand for activations and
initializers; a function of the user's own cannot be saved, and saying so at once loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway._version import __version__
from cutaway.errors import CutawayError, DataError, UsageError, one_of
from cutaway.nn.graphs import GraphLayer
from cutaway.nn.initializers import Given
from cutaway.nn.layers import Layer
from cutaway.nn.losses import LOSSES, Huber, huber
from cutaway.nn.sparse import is_sparse

if TYPE_CHECKING:
    from cutaway.nn.network import Network

FORMAT = "cutaway network 1"
_PARTS = ("data", "indices", "indptr")  # of a graph in CSR format


def known_layers() -> dict[str, type[Layer]]:
    """Layer classes by name."""
    found: dict[str, type[Layer]] = {}
    waiting: list[type[Layer]] = list(Layer.__subclasses__())
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def layer_to_json(layer: Layer) -> dict[str, Any]:
    """The fields of a layer; how its weights started is left out, since they are saved themselves, and so is a graph.

    Raises
    ------
    UsageError
        If a field holds a function, or the graph of a graph layer.
    """
    record: dict[str, Any] = {"layer": type(layer).__name__}
    for f in fields(layer):  # type: ignore[arg-type]
        value = getattr(layer, f.name)
        if is_sparse(value):
            continue
        if f.name in ("weights", "bias"):
            if f.name == "bias" and value is None:
                record["bias"] = None
            continue
        if not isinstance(value, (str, int, float, bool, tuple, type(None))) or isinstance(value, Given):
            what = "a function of your own" if callable(value) else "neither a name nor a number"
            raise UsageError(
                f"{layer} cannot be saved, because its {f.name} is {what}",
                received=getattr(value, "__name__", type(value).__name__),
                instead="Save the weights alone (safetensors.numpy.save_file), and build the network in Python",
            )
        record[f.name] = value
    return record


def layer_from_json(record: Mapping[str, Any]) -> Layer:
    """The layer that :func:`layer_to_json` described."""
    settings = dict(record)
    name = settings.pop("layer", None)
    kinds = known_layers()
    if name not in kinds:
        raise one_of(name, kinds, name="layer")
    try:
        return kinds[name](**settings)
    except TypeError as error:
        raise DataError(f"The description of a {name} layer cannot be read: {error}") from None


def to_json(network: Network) -> dict[str, Any]:
    """The architecture of a network, for JSON."""
    loss = network.loss
    if loss is not None and LOSSES.get(loss.name) != loss and not isinstance(loss.fn, Huber):
        loss = None  # a loss of the user's own is not needed to predict
    return {
        "format": FORMAT,
        "version": __version__,
        "layers": [layer_to_json(layer) for layer in network.layers],
        "input_shape": list(network._built()),
        "seed": network.seed,
        "dtype": network.dtype.name,
        "loss": loss and loss.name,
    }


def from_json(description: Mapping[str, Any], arrays: Mapping[str, Any] | None = None) -> Network:
    """A network with fresh weights from its architecture; ``arrays`` hold the graphs of its layers."""
    from cutaway.nn.network import Network

    try:
        layers = [layer_from_json({**r, **_graph(arrays or {}, i)}) for i, r in enumerate(description["layers"])]
        network = Network(layers, seed=description["seed"], dtype=description["dtype"])
        network.build(tuple(description["input_shape"]))
        name = description.get("loss")
        if isinstance(name, str):
            network.loss = huber(float(name[12:-1])) if name.startswith("huber(delta=") else LOSSES.get(name)
    except CutawayError:
        raise
    except (KeyError, TypeError, ValueError, MemoryError) as error:
        raise DataError(f"The description of the network cannot be read: {error!r}") from None
    return network


def save(network: Network, path: str | Path) -> None:
    """See :meth:`cutaway.nn.Network.save`."""
    from cutaway.files import write_arrays

    arrays = {f"{i}.{k}": v for i, layer in enumerate(network.params) for k, v in layer.items()}
    arrays |= {f"{i}.{k}": v for i, layer in enumerate(network.state) for k, v in layer.items()}
    for i, layer in enumerate(network.layers):
        if isinstance(layer, GraphLayer):
            arrays |= {f"{i}.adjacency.{part}": getattr(layer.adjacency, part) for part in _PARTS}
    write_arrays(path, arrays, to_json(network), FORMAT)


def _graph(arrays: Mapping[str, Any], i: int) -> dict[str, Any]:
    """The graph of layer ``i``, if it has one."""
    names = [f"{i}.adjacency.{part}" for part in _PARTS]
    if any(name not in arrays for name in names):
        return {}
    from scipy.sparse import csr_array

    data, indices, indptr = (arrays[name] for name in names)
    n = len(indptr) - 1
    matrix = csr_array((data, indices, indptr), shape=(n, n))
    matrix.check_format()  # a number of a node that is not there would be read far outside of memory
    return {"adjacency": matrix}


def load(path: str | Path) -> Network:
    """See :meth:`cutaway.nn.Network.load`."""
    from cutaway.files import read_arrays

    arrays, description = read_arrays(path, FORMAT)
    network = from_json(description, arrays)
    for part in (network.params, network.state):
        for i, layer in enumerate(part):
            for name, array in layer.items():
                kept = arrays.get(f"{i}.{name}")
                if kept is None or kept.shape != array.shape:
                    raise DataError(f"{path} lacks the weights {name} of layer {i}, or they have another shape")
                array[...] = kept
    return network
