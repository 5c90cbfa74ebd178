"""A network as the source of a PyTorch module, and its weights by that module's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cutaway.errors import DataError, MissingPackageError
from cutaway.export.torch.copied import with_needs
from cutaway.export.torch.layers import write
from cutaway.export.torch.sheet import Arrays, Sheet, Weights
from cutaway.nn.activations import Array

if TYPE_CHECKING:
    from cutaway.data import Standardizer
    from cutaway.nn.network import Network
    from cutaway.train.training import Training

Tensors: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Twin:
    """A network as it is written down for PyTorch.

    Parameters
    ----------
    text : str
        Source of the module, without imports.
    weights : dict of int to Weights
        How the arrays of each layer go there and come back.
    standardizer : Standardizer or None
        What the module does to its inputs first.
    has_logits : bool
        Whether the module has a method ``logits``, the outputs before the last sigmoid or softmax.
    """

    net: Network
    text: str
    weights: Mapping[int, Weights]
    standardizer: Standardizer | None
    has_logits: bool

    def state(self) -> Arrays:
        """The arrays of the network by the names of the module."""
        found: Arrays = {}
        if self.standardizer is not None:
            found |= {"mean": self.standardizer.mean, "scale": self.standardizer.scale}
        for i, weights in self.weights.items():
            found |= weights.to_torch(self.net.params[i] | self.net.state[i])
        return {name: np.ascontiguousarray(a).reshape(np.shape(a)) for name, a in found.items()}

    def take(self, given: Mapping[str, Array]) -> None:
        """Put arrays with the names of the module into the network."""
        for i, weights in self.weights.items():
            for name, array in weights.from_torch(given).items():
                own = self.net.params[i] if name in self.net.params[i] else self.net.state[i]
                own[name][...] = array


def twin(net: Network, standardizer: Standardizer | None = None, name: str = "Network") -> Twin:
    """Write a network down; UsageError if it is not built, or a layer has no twin."""
    shape = net._built()
    sheet = Sheet(net.dtype.name)
    if standardizer is not None:
        n = len(standardizer.mean)
        if shape != (n,):
            raise DataError(
                "The standardisation does not fit the network",
                received=f"{n} columns for samples of shape {shape}",
                instead="Give the one that its training data went through",
            )
        sheet.init += [
            f'self.register_buffer("mean", torch.zeros({n}, dtype=torch.float64))  # these come with the weights',
            f'self.register_buffer("scale", torch.ones({n}, dtype=torch.float64))',
        ]
        sheet.lines.append(f"x = ((x.double() - self.mean) / self.scale).to(torch.{net.dtype.name})")
    inputs = shape
    *first, last = net.layers
    ending = last.output_activation if last.output_activation in ("sigmoid", "softmax") else None
    if ending:
        last = replace(last, activation="identity")  # type: ignore[type-var]  # all layers are dataclasses
    for i, layer in enumerate((*first, last)):
        found = write(layer, shape, sheet)
        if found is not None:
            sheet.weights[i] = found
        shape = layer.output_shape(shape)
    sheet.to_channels_last()
    init = [*sheet.init, *(["self.double()"] if net.dtype == np.float64 else [])]
    made = f'"""Takes {_shown(inputs)}, gives {_shown(shape)}."""'
    body = [made, "", "def __init__(self):", "    super().__init__()", *(f"    {line}" for line in init), ""]
    if not init:
        body = [made, ""]
    lines = _returning(sheet.lines)
    if ending:
        call = {"sigmoid": "torch.sigmoid(self.logits(x))", "softmax": "torch.softmax(self.logits(x), -1)"}[str(ending)]
        body += ["def forward(self, x):", f"    return {call}", "", "def logits(self, x):"]
        body += [f'    """Outputs before the {ending}: what a loss from logits takes."""']
    else:
        body += ["def forward(self, x):"]
    body += [f"    {line}" for line in lines]
    module = "\n".join([f"class {name}(nn.Module):", *(f"    {line}" if line else "" for line in body)])
    text = "\n\n\n".join([*with_needs(sheet.copied), *sheet.functions.values(), module])
    return Twin(net, text, sheet.weights, standardizer, bool(ending))


def module_source(
    found: Twin, training: Training | None, *, weights: str = "network.safetensors", notes: Sequence[str] = ()
) -> str:
    """The whole file: what it is, imports, module, and the training loop if it is known."""
    from cutaway._version import __version__

    parts = [found.text]
    if training is not None:
        from cutaway.export.torch.training import loop_source

        parts.append(loop_source(found.net, training, found.has_logits))
    sizes = "-".join(str(n) for n in _sizes(found.net))
    told = [f'"""A {sizes} network for PyTorch, written by cutaway {__version__}.', ""]
    told += ["With its trained weights:", ""]
    told += ["    network = Network()", f'    network.load_state_dict(safetensors.torch.load_file("{weights}"))']
    told += ["    network.eval()", ""]
    if training is not None:
        told += ["Without loaded weights it starts from those that PyTorch draws; train(network, ...) trains it.", ""]
    if found.standardizer is not None:
        told += ["It takes inputs as they are measured: it standardises them itself, as in training.", ""]
    told += [*notes, ""] if notes else []
    return with_imports("\n\n\n".join(parts), "\n".join(told).rstrip() + '\n"""')


def with_imports(text: str, about: str) -> str:
    """A file that can be run: its docstring, the imports that it needs, its parts."""
    imports = ["import math", ""] if "math." in text else []
    imports += ["import torch"] if re.search(r"\btorch\.", text) else []
    imports += ["import torch.nn.functional as F"] if "F." in text else []
    imports += ["from torch import nn"] if "nn.Module" in text else []
    return f"{about}\n\n" + "\n".join(imports) + f"\n\n\n{text}\n"


def run(text: str, name: str) -> dict[str, Any]:
    """Run source that was written here; what it defines. Tracebacks show its lines."""
    import linecache

    file = f"<{name} by cutaway, {hash(text) & 0xFFFFFFFF:08x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names: dict[str, Any] = {"__name__": f"cutaway_{name}"}
    exec(compile(text, file, "exec"), names)
    return names


def need_torch() -> Any:
    """PyTorch itself; MissingPackageError if it is not installed."""
    try:
        import torch
    except ImportError:
        raise MissingPackageError("PyTorch is not installed", instead="pip install torch") from None
    return torch


def _returning(lines: list[str]) -> list[str]:
    """The last assignment to ``x`` becomes what is returned."""
    if lines and lines[-1].startswith("x = "):
        return [*lines[:-1], f"return {lines[-1][4:]}"]
    return [*lines, "return x"]


def _shown(shape: tuple[int, ...]) -> str:
    return f"(n, {', '.join(map(str, shape))})"


def _sizes(net: Network) -> list[int]:
    """Sizes of the input and of all outputs that differ from what went in."""
    shape = net._built()
    sizes = [int(np.prod(shape))]
    for layer in net.layers:
        new = layer.output_shape(shape)
        if new != shape or hasattr(layer, "units"):
            sizes.append(int(np.prod(new)))
        shape = new
    return sizes
