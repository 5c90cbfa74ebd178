"""A layer is a small frozen record: its fields, how its weights are made, what it does to a batch, in that order.

What it does is plain NumPy, on arrays whose first axis is the samples; the network records it, and everything else
follows from the recording. So nothing here is written to in place, and no ``if`` looks at the values of an array.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway.errors import ShapeError, UsageError
from cutaway.nn.activations import (
    RELU_FAMILY,
    ActivationFunction,
    Array,
    activate,
    activation_name,
    find_activation,
)
from cutaway.nn.initializers import Given, Initializer, Shape, find_initializer
from cutaway.nn.sparse import is_sparse, on_entries
from cutaway.nn.validate import real, whole

Weighting: TypeAlias = str | float | ArrayLike | Initializer
"""What stands for an initializer: a name, a number, an array, or a function ``(shape, rng) -> array``."""


@dataclass(frozen=True)
class Weights:
    """What a layer starts with: ``params`` are trained, ``state`` is what it notes of the batches that it saw."""

    params: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    state: dict[str, NDArray[np.float64]] = field(default_factory=dict)


class Pass(Protocol):
    """One pass of a batch through a network, as a layer sees it."""

    @property
    def training(self) -> bool:
        """Whether the network is being trained; False when it predicts."""

    def uniform(self, shape: Shape) -> Array:
        """Random numbers in [0, 1) of the dtype of the weights, others at each call."""

    def update(self, name: str, value: Array) -> None:
        """Note the new value of an entry of the layer's state; only while training."""


class Layer(ABC):
    """Base of all layers. ``shape`` is always the shape of one sample, without the axis of the batch.

    A kind of layer says what the network may count on: ``rowwise``, that each sample goes through by itself when
    predicting; ``takes_sparse``, that ``forward`` takes a sparse batch too, of which it computes ``x @ W``.
    """

    rowwise: ClassVar[bool] = True
    takes_sparse: ClassVar[bool] = False

    @property
    def output_activation(self) -> str | ActivationFunction:
        """The ``activation`` that the output went through last; "identity" if there is none."""
        return "identity"

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        """Return the first weights, float64, for samples of this shape; the shape is checked."""
        self.output_shape(shape)
        return Weights()

    def output_shape(self, shape: Shape) -> Shape:
        """Shape of one sample of the output; ShapeError if the layer cannot take samples of this shape."""
        return shape

    def check(self, x: NDArray[Any], name: str) -> NDArray[Any]:
        """Return the samples ``x`` of a network's first layer; DataError, by ``name``, if it cannot take the values."""
        return x

    @abstractmethod
    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        """Output for the batch ``x`` of shape (n, *shape); ``p`` holds this layer's params and state by name."""

    def __repr__(self) -> str:
        """Return the code that makes this layer, without what is left at its default."""
        shown = []
        for f in fields(self):  # type: ignore[arg-type]
            value = getattr(self, f.name)
            if value is f.default or (isinstance(value, (str, float)) and value == f.default):
                continue
            text = activation_name(value) if callable(value) and hasattr(value, "__name__") else repr(value)
            if is_sparse(value):
                text = f"<graph of {value.shape[0]} nodes>"
            shown.append(f"{f.name}={text}" if f.kw_only else text)
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass(frozen=True, repr=False)
class Dense(Layer):
    """Every unit weighs all inputs: ``activation(x @ W + b)``.

    Parameters
    ----------
    units : int
        Number of outputs. The number of inputs comes from the data.
    activation : str or callable
        A name from ``ACTIVATIONS``, or a NumPy function of your own.
    weights : str, float, array or callable, optional
        Start of ``W``, shape (inputs, units): a name from ``INITIALIZERS``, a record such as ``Normal(0.5)``, an array,
        or a function ``(shape, rng) -> array``. By default ``"he_normal"`` for activations of the relu family (He et
        al. 2015), otherwise ``"glorot_uniform"`` (Glorot and Bengio 2010).
    bias : str, float, array, callable or None
        Start of ``b``, shape (units,); None leaves it out.

    Raises
    ------
    UsageError
        If a number, a name or an array cannot be used.
    ShapeError
        At ``build``, if given arrays do not fit, or samples have more than one axis.

    Examples
    --------
    >>> Dense(8, "relu", weights="he_uniform")
    Dense(8, 'relu', weights='he_uniform')
    >>> weights = Dense(8, "relu").build((2,), np.random.default_rng(0))
    >>> {name: array.shape for name, array in weights.params.items()}
    {'W': (2, 8), 'b': (8,)}
    """

    takes_sparse: ClassVar[bool] = True

    units: int
    activation: str | ActivationFunction = "identity"
    _: KW_ONLY
    weights: Weighting | None = None
    bias: Weighting | None = "zeros"

    def __post_init__(self) -> None:
        set_field(self, "units", whole(self.units, "units of Dense"))
        find_activation(self.activation)
        _not_softmax_of_one(self.activation, (self.units,))
        keep_weightings(self)

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        weights = self.weights if self.weights is not None else usual_weights(self.activation)
        params = {"W": self._start("weights", weights, (*shape, self.units), rng)}
        if self.bias is not None:
            params["b"] = self._start("bias", self.bias, (self.units,), rng)
        return Weights(params)

    @property
    def output_activation(self) -> str | ActivationFunction:
        return self.activation

    def output_shape(self, shape: Shape) -> Shape:
        check_flat(self, shape)
        return (self.units,)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        z = x @ p["W"]
        if self.bias is not None:
            z = z + p["b"]
        return activate(self.activation, z)

    def _start(self, name: str, value: Weighting, shape: Shape, rng: np.random.Generator) -> NDArray[np.float64]:
        array = np.asarray(find_initializer(value, name=name)(shape, rng), dtype=np.float64)
        if array.shape != shape:
            turned = {shape[::-1]: ".T", (1, *shape): ".ravel()", (*shape, 1): ".ravel()"}.get(array.shape)
            layout = "(inputs, units)" if name == "weights" else "(units,)"
            raise ShapeError(
                f"The {name} of Dense({self.units}) must have the shape {layout}, here {shape}",
                received=f"shape {array.shape}",
                instead=f"Write {name}=array{turned}" if turned else f"Give {name} of that shape",
            )
        return array


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """An activation as a layer of its own, for instance after a normalisation.

    Parameters
    ----------
    activation : str or callable
        A name from ``ACTIVATIONS``, or a NumPy function of your own.

    Examples
    --------
    >>> Activation("tanh").output_shape((8,))
    (8,)
    """

    activation: str | ActivationFunction

    def __post_init__(self) -> None:
        find_activation(self.activation)

    @property
    def output_activation(self) -> str | ActivationFunction:
        return self.activation

    def output_shape(self, shape: Shape) -> Shape:
        _not_softmax_of_one(self.activation, shape)
        return shape

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        return activate(self.activation, x)


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """Turn samples of any shape, such as images of (28, 28), into rows of numbers.

    Examples
    --------
    >>> Flatten().output_shape((28, 28))
    (784,)
    """

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        return x.reshape((x.shape[0], math.prod(x.shape[1:])))


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """While training, set each input to zero with probability ``rate`` and enlarge the others; else do nothing.

    Parameters
    ----------
    rate : float
        In [0, 1).

    Notes
    -----
    What is kept is divided by ``1 - rate``, so that the mean stays the same and nothing is to be scaled when
    predicting ("inverted" dropout). Source: Srivastava et al. (2014), sections 4 and 10.

    Examples
    --------
    >>> Dropout(0.5)
    Dropout(0.5)
    """

    takes_sparse: ClassVar[bool] = True

    rate: float

    def __post_init__(self) -> None:
        rate = real(self.rate, "rate of Dropout", "[0, 1)", instead="Dropout(0.2) drops one input in five")
        set_field(self, "rate", rate)

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        if not run.training or self.rate == 0:
            return x
        # of sparse samples those inputs that are stored: dropping a zero changes nothing
        return on_entries(x, lambda x: np.where(run.uniform(x.shape) >= self.rate, x / (1 - self.rate), 0))


def set_field(record: Any, name: str, value: Any) -> None:
    """Set a field of a frozen record while it is being made."""
    object.__setattr__(record, name, value)


def keep_weightings(layer: Any) -> None:
    """Check the ``weights`` and ``bias`` of a layer that is being made; an array becomes a copy that compares."""
    for name in ("weights", "bias"):
        value = getattr(layer, name)
        if value is not None:
            start = find_initializer(value, name=f"{name} of {type(layer).__name__}")
            if isinstance(start, Given):
                set_field(layer, name, start)


def usual_weights(activation: str | ActivationFunction) -> str:
    """The initializer that suits an activation."""
    return "he_normal" if isinstance(activation, str) and activation in RELU_FAMILY else "glorot_uniform"


def check_flat(layer: Layer, shape: Shape) -> None:
    """ShapeError unless each sample is one row of numbers."""
    if len(shape) != 1:
        raise ShapeError(
            f"{layer} takes samples that are rows of numbers, X of shape (n_samples, n_features)",
            received=f"samples of shape {shape}",
            instead="Write Flatten() before it" if shape else "Write X.reshape(-1, 1) if X is a single feature",
        )


def _not_softmax_of_one(activation: str | ActivationFunction, shape: Shape) -> None:
    if activation == "softmax" and shape[-1:] == (1,):
        raise UsageError(
            "softmax over a single unit is 1 for every input, so nothing can be learned",
            instead='For two classes write Dense(1, "sigmoid") or Dense(2, "softmax")',
        )
