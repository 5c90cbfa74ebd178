"""From PyTorch to cutaway: a module whose forward pass is a chain of known layers becomes a network."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cutaway.errors import UsageError
from cutaway.export.torch.modules import FUNCTIONS, MODULES, Reader, unknown
from cutaway.export.torch.source import need_torch, twin
from cutaway.export.torch.weights import check_shapes
from cutaway.nn.sequence import LSTM, Recurrent

if TYPE_CHECKING:
    from cutaway.nn.network import Network


def from_torch(module: Any, *, input_shape: tuple[int, ...] | int | None = None) -> Network:
    """A network with the layers and weights of a PyTorch module.

    Parameters
    ----------
    module : torch.nn.Module
        A ``Sequential``, or any module whose ``forward`` is a chain of known layers and functions.
    input_shape : tuple of int, optional
        Shape of one sample as cutaway has it: ``(height, width, channels)`` of images, ``(steps, features)`` of
        sequences, ``(steps,)`` of codes. The module's own first layer tells it if that is ``nn.Linear``.

    Returns
    -------
    Network
        Of the dtype of the module. It takes images as (n, height, width, channels) where the module takes
        (n, channels, height, width).

    Raises
    ------
    MissingPackageError
        If PyTorch is not installed.
    UsageError
        If a layer or function is not known; it is named.
    """
    torch = need_torch()
    from torch import fx

    from cutaway.nn.network import Network

    try:
        traced = fx.symbolic_trace(module)
    except Exception as error:  # whatever the forward pass of a stranger raises when it is followed
        raise UsageError(
            f"The forward pass of {type(module).__name__} is no chain of layers", received=str(error)[:120]
        ) from error
    reader = _Chain(dict(traced.named_modules()), input_shape)
    for node in traced.graph.nodes:
        reader.read(node)
    dtypes = {p.dtype for p in module.parameters()}
    net = Network(reader.layers, dtype="float64" if torch.float64 in dtypes else "float32")
    assert reader.start is not None
    net.build(reader.start)
    found = twin(net)
    for i, weights in found.weights.items():
        names = weights.to_torch(net.params[i] | net.state[i])
        given = {name: reader.arrays[i][name.partition(".")[2]] for name in names}
        check_shapes(given, names)
        for name, array in weights.from_torch(given).items():
            (net.params[i] if name in net.params[i] else net.state[i])[name][...] = array
    return net


class _Chain(Reader):
    """Goes along the recorded forward pass of a module, and notes the layers."""

    def __init__(self, modules: Mapping[str, Any], input_shape: Any) -> None:
        super().__init__(input_shape)
        self.modules = modules
        self.what: dict[Any, str] = {}  # what a node stands for: x, the chain; or outputs of a recurrent layer
        self.read_before: set[Any] = set()  # links of the chain that a layer or function has taken

    def read(self, node: Any) -> None:
        """Note one step."""
        if node.op == "placeholder":
            if "x" in self.what.values():
                raise unknown(f"a second argument, {node.name}")
            self.what[node] = "x"
            return
        if node.op == "output":
            if self.what.get(node.args[0]) != "x":
                raise unknown("an output that is not that of the last layer")
            return
        link = next((a for a in node.args if a in self.what), None)
        before = None if link is None else self.what[link]
        target = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
        if before is None or before == "size" or target in ("size", "getattr") or target == "dim":
            self.what[node] = "size"
            return
        known = node.op == "call_module" or target.strip("_") in FUNCTIONS
        if known and before == "x" and link in self.read_before:
            raise unknown(f"a branch: {node.name} takes what another layer takes, too")
        self.read_before.add(link)
        self.what[node] = "x"
        if node.op == "call_module":
            module = self.modules[target]
            kind = type(module).__name__
            line = MODULES.get(kind)
            if line is None:
                raise unknown(f"{kind} ({target})")
            line(self, module)
            if isinstance(module, _recurrent_kinds()):
                self.what[node] = "recurrent"
            return
        name = target.strip("_")
        if target == operator.getitem.__name__:
            self.what[node] = self._item(before, node.args[1])
        elif name in FUNCTIONS:
            FUNCTIONS[name](self, node.args[1:], node.kwargs)
        else:
            raise unknown(f"the function {target}")

    def _item(self, before: str, index: Any) -> str:
        """What an index takes."""
        last = (slice(None, None, None), -1)
        if before == "recurrent":
            return "x" if index == 0 else "memory"
        if before == "memory" and isinstance(self.layers[-1], LSTM):
            return "cell" if index == 1 else "hidden"
        if (before in ("hidden", "memory") and index in (-1, 0)) or (
            before == "x" and index in (last, (*last, slice(None)))
        ):
            layer = self.layers[-1]
            if isinstance(layer, Recurrent):
                self.layers[-1] = replace(layer, sequences=False)  # type: ignore[type-var]
                self.shape = (layer.units,)
                return "x"
        raise unknown(f"the index {index}")


def _recurrent_kinds() -> tuple[type, ...]:
    from torch import nn

    return (nn.RNN, nn.GRU, nn.LSTM)
