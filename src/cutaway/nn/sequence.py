"""Recurrent layers: a loop over the steps of a sequence carries a memory along.

The loop is plain Python and is recorded as it runs, step after step. What does not depend on the memory, the products
of the inputs with their weights, is computed before it, for all steps at once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import ShapeError, UsageError
from cutaway.nn.activations import ActivationFunction, Array, activate, find_activation
from cutaway.nn.initializers import INITIALIZERS, Shape
from cutaway.nn.layers import Layer, Pass, Weights, set_field
from cutaway.nn.validate import shown, whole
from cutaway.ops.special import sigmoid

Memory: TypeAlias = tuple[Array, ...]
"""What a recurrent layer carries from step to step, arrays of shape (1, n, units); the first one is its output."""


class Recurrent(Layer):
    """Base of layers that go through a sequence step by step.

    Samples (steps, features) become the output of the last step, (units,), or with ``sequences=True`` the outputs of
    all steps, (steps, units), as a further recurrent layer takes them.
    """

    gates: ClassVar[int] = 1
    """How many blocks of ``units`` columns the weights have."""
    memories: ClassVar[int] = 1
    """How many arrays are carried from step to step; they start as zeros."""

    units: int
    sequences: bool

    def __post_init__(self) -> None:
        name = type(self).__name__
        set_field(self, "units", whole(self.units, f"units of {name}"))
        check_flag(self.sequences, f"sequences of {name}")

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        return Weights(
            {
                "W": _blocks("glorot_uniform", (shape[-1], self.units), self.gates, rng),
                "U": _blocks("orthogonal", (self.units, self.units), self.gates, rng),
                "b": np.zeros(self.gates * self.units),
            }
        )

    def output_shape(self, shape: Shape) -> Shape:
        check_sequence(self, shape)
        return (shape[0], self.units) if self.sequences else (self.units,)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        inputs = np.swapaxes(x, 0, 1) @ p["W"] + p["b"]  # (steps, n, gates * units): a step is one piece of memory
        memory: Memory = (np.zeros((1, x.shape[0], self.units), x.dtype),) * self.memories
        outputs = []
        for z in _steps(inputs):
            memory = self.step(p, z, memory)
            outputs.append(memory[0])
        return np.swapaxes(np.concatenate(outputs), 0, 1) if self.sequences else outputs[-1][0]

    @abstractmethod
    def step(self, p: Mapping[str, Array], z: Array, memory: Memory) -> Memory:
        """Return the memory after a step, from ``z = x @ W + b`` of that step and the memory before it."""

    def columns(self, a: Array, first: int, last: int | None = None) -> Array:
        """Gate number ``first`` of an array (1, n, gates * units), or all from there to the gate before ``last``."""
        return a[..., first * self.units : (first + 1 if last is None else last) * self.units]


@dataclass(frozen=True, repr=False)
class RNN(Recurrent):
    """Simple recurrent layer: ``h = activation(x @ W + h @ U + b)`` at each step.

    Parameters
    ----------
    units : int
        Number of outputs.
    activation : str or callable
        A name from ``ACTIVATIONS``, or a NumPy function of your own.
    sequences : bool
        Whether to give the outputs of all steps, shape (n, steps, units), and not only the last, shape (n, units).

    Raises
    ------
    UsageError
        If a number or a name cannot be used.
    ShapeError
        At ``build``, if samples are not sequences (steps, features).

    Notes
    -----
    Elman (1990). ``W`` (features, units) starts as Glorot's uniform weights, ``U`` (units, units) orthogonal, ``b`` and
    the first ``h`` as zeros. PyTorch has the transposed weights, and two biases whose sum is ``b``.

    Examples
    --------
    >>> RNN(8, sequences=True).output_shape((20, 3))
    (20, 8)
    """

    units: int
    activation: str | ActivationFunction = "tanh"
    _: KW_ONLY
    sequences: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        find_activation(self.activation)

    def step(self, p: Mapping[str, Array], z: Array, memory: Memory) -> Memory:
        return (activate(self.activation, z + memory[0] @ p["U"]),)


@dataclass(frozen=True, repr=False)
class GRU(Recurrent):
    """Gated recurrent unit: one gate forgets what a step does not need, another keeps what is not new.

    Parameters
    ----------
    units : int
        Number of outputs.
    sequences : bool
        Whether to give the outputs of all steps, shape (n, steps, units), and not only the last, shape (n, units).

    Raises
    ------
    UsageError
        If a number cannot be used.
    ShapeError
        At ``build``, if samples are not sequences (steps, features).

    Notes
    -----
    Cho et al. (2014), in the form of PyTorch and cuDNN: with ``z = x @ W + b`` and ``v = h @ U``, each in three blocks
    of ``units`` columns for reset, update and candidate,
    ``r = sigmoid(z_r + v_r)``, ``u = sigmoid(z_u + v_u)``, ``n = tanh(z_n + r * (v_n + b_n))``,
    ``h = (1 - u) * n + u * h``. ``W`` starts as Glorot's uniform weights, the blocks of ``U`` orthogonal, biases and
    the first ``h`` as zeros.

    Examples
    --------
    >>> weights = GRU(8).build((20, 3), np.random.default_rng(0))
    >>> {name: array.shape for name, array in weights.params.items()}
    {'W': (3, 24), 'U': (8, 24), 'b': (24,), 'b_n': (8,)}
    """

    gates: ClassVar[int] = 3

    units: int
    _: KW_ONLY
    sequences: bool = False

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        return Weights({**super().build(shape, rng).params, "b_n": np.zeros(self.units)})

    def step(self, p: Mapping[str, Array], z: Array, memory: Memory) -> Memory:
        (h,) = memory
        v = h @ p["U"]
        gates = sigmoid(self.columns(z, 0, 2) + self.columns(v, 0, 2))
        reset, update = self.columns(gates, 0), self.columns(gates, 1)
        candidate = np.tanh(self.columns(z, 2) + reset * (self.columns(v, 2) + p["b_n"]))
        return (candidate + update * (h - candidate),)


@dataclass(frozen=True, repr=False)
class LSTM(Recurrent):
    """Long short-term memory: a cell that gates open for writing, keep, and open for reading.

    Parameters
    ----------
    units : int
        Number of outputs.
    sequences : bool
        Whether to give the outputs of all steps, shape (n, steps, units), and not only the last, shape (n, units).

    Raises
    ------
    UsageError
        If a number cannot be used.
    ShapeError
        At ``build``, if samples are not sequences (steps, features).

    Notes
    -----
    Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000), in blocks of ``units`` columns in
    PyTorch's order: with ``i, f, g, o = x @ W + h @ U + b``,
    ``c = sigmoid(f) * c + sigmoid(i) * tanh(g)`` and ``h = sigmoid(o) * tanh(c)``. ``W`` starts as Glorot's uniform
    weights, the blocks of ``U`` orthogonal, ``b`` as zeros but for the forget gate, whose 1 lets the cell remember at
    first (Jozefowicz et al. 2015); ``h`` and ``c`` start as zeros.

    Examples
    --------
    >>> LSTM(8)
    LSTM(8)
    """

    gates: ClassVar[int] = 4
    memories: ClassVar[int] = 2

    units: int
    _: KW_ONLY
    sequences: bool = False

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        weights = super().build(shape, rng)
        weights.params["b"][self.units : 2 * self.units] = 1.0
        return weights

    def step(self, p: Mapping[str, Array], z: Array, memory: Memory) -> Memory:
        h, c = memory
        a = z + h @ p["U"]
        write_and_keep = sigmoid(self.columns(a, 0, 2))
        new, read = np.tanh(self.columns(a, 2)), sigmoid(self.columns(a, 3))
        c = self.columns(write_and_keep, 1) * c + self.columns(write_and_keep, 0) * new
        return read * np.tanh(c), c


def check_sequence(layer: Layer, shape: Shape) -> None:
    """ShapeError unless each sample is a sequence (steps, features)."""
    if len(shape) != 2 or 0 in shape:
        raise ShapeError(
            f"{layer} takes samples that are sequences, X of shape (n_samples, steps, features)",
            received=f"samples of shape {shape}",
            instead="Write sequences=True in a recurrent layer before it; Embedding(vocabulary, units) before it if X "
            "holds codes, X[:, :, None] if its steps are numbers"
            if len(shape) == 1
            else "Reshape X, so that each sample has steps, and each step features",
        )


def check_flag(value: object, name: str) -> None:
    """UsageError unless ``value`` is True or False."""
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be True or False", received=shown(value))


def _blocks(start: str, shape: Shape, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Matrices side by side, each with a start of its own."""
    return np.hstack([INITIALIZERS[start](shape, rng) for _ in range(count)])


def _steps(a: Array) -> list[Array]:
    """The slices ``a[t : t + 1]``, by halving again and again.

    The gradient of a slice is an array of zeros as long as what it was cut from: cutting each step from the whole would
    fill memory with the square of the number of steps.
    """
    if len(a) == 1:
        return [a]
    middle = len(a) // 2
    return _steps(a[:middle]) + _steps(a[middle:])
