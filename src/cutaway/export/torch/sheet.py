"""The sheet on which a module is written down, line by line, and how the weights of a layer change their names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from cutaway.export.torch.graph import own_function
from cutaway.nn.activations import ActivationFunction
from cutaway.nn.initializers import Shape

Array: TypeAlias = Any
Arrays: TypeAlias = dict[str, Any]

ACTIVATIONS: dict[str, str] = {
    "identity": "{}",
    "step": "torch.sign(torch.relu({}))",
    "sigmoid": "torch.sigmoid({})",
    "tanh": "torch.tanh({})",
    "relu": "torch.relu({})",
    "leaky_relu": "F.leaky_relu({}, 0.01)",
    "elu": "F.elu({})",
    "gelu": "F.gelu({})",
    "silu": "F.silu({})",
    "softplus": "F.softplus({}, threshold=50)",  # from there on log(1 + exp(x)) is x in float64 too
    "softmax": "torch.softmax({}, -1)",
}
"""Activations by name, as expressions of PyTorch's."""


@dataclass(frozen=True)
class Weights:
    """How the arrays of one layer go to PyTorch's names, and come back."""

    to_torch: Callable[[Mapping[str, Array]], Arrays]
    from_torch: Callable[[Mapping[str, Array]], Arrays]


def renamed(names: Mapping[str, tuple[str, tuple[int, ...] | None]]) -> Weights:
    """``{PyTorch's name: (own name, order of the axes)}``."""

    def to_torch(p: Mapping[str, Array]) -> Arrays:
        return {name: p[own].transpose(axes) if axes else p[own] for name, (own, axes) in names.items()}

    def from_torch(p: Mapping[str, Array]) -> Arrays:
        return {own: p[name].transpose(np.argsort(axes)) if axes else p[name] for name, (own, axes) in names.items()}

    return Weights(to_torch, from_torch)


@dataclass
class Sheet:
    """The module as it is being written."""

    dtype: str
    init: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    copied: set[str] = field(default_factory=set)
    functions: dict[str, str] = field(default_factory=dict)
    weights: dict[int, Weights] = field(default_factory=dict)
    channels_first: bool = False
    _names: dict[str, int] = field(default_factory=dict)

    def name(self, kind: str) -> str:
        """A new attribute: ``linear_1``, ``linear_2``, ..."""
        self._names[kind] = self._names.get(kind, 0) + 1
        return f"{kind}_{self._names[kind]}"

    def to_channels_first(self, shape: Shape) -> None:
        """Images as PyTorch has them; without channels, they get one."""
        if not self.channels_first:
            self.lines.append("x = x.unsqueeze(1)" if len(shape) == 2 else "x = x.permute(0, 3, 1, 2)")
        self.channels_first = True

    def to_channels_last(self) -> None:
        """Images as they are stored, (n, height, width, channels)."""
        if self.channels_first:
            self.lines.append("x = x.permute(0, 2, 3, 1)")
        self.channels_first = False

    def then(self, expression: str, activation: str | ActivationFunction = "identity", units: Shape = ()) -> None:
        """``x`` becomes an expression that went through an activation."""
        if self.channels_first and (activation == "softmax" or not isinstance(activation, str)):
            self.lines.append(f"x = {expression}")
            self.to_channels_last()
            expression = "x"
        text = self.activation(activation, units).format(expression)
        if text != "x":
            self.lines.append(f"x = {text}")

    def activation(self, activation: str | ActivationFunction, units: Shape = ()) -> str:
        """The template of an activation; a function of the user's own is recorded, and written down beside."""
        if isinstance(activation, str):
            return ACTIVATIONS[activation]
        name, text = own_function(activation, [(2, *(units or (3,))), (3, *(units or (3,)))], self.dtype)
        count = 1
        while self.functions.setdefault(name, text) != text:
            count += 1
            name, text = f"{name}_{count}", text.replace(f"def {name}(", f"def {name}_{count}(")
        if np.result_type(activation(np.full((2, *(units or (3,))), 0.5, self.dtype))) != self.dtype:
            return f"{name}({{}}).to(torch.{self.dtype})"  # a float64 of NumPy's stands in it
        return f"{name}({{}})"


def settings(**values: Any) -> str:
    """Keyword arguments as text, ``, eps=0.001``; of each pair (value, default), those that are not the default."""
    given = {name: value for name, (value, default) in values.items() if value != default}
    return "".join(f", {k}={json.dumps(v) if isinstance(v, str) else repr(v)}" for k, v in given.items())
