"""Layers that bring what passes through them to mean 0 and variance 1: each feature over a batch, or each sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cutaway.errors import ShapeError
from cutaway.nn.activations import Array
from cutaway.nn.initializers import Shape
from cutaway.nn.layers import Layer, Pass, Weights, check_flat, set_field
from cutaway.nn.validate import real


@dataclass(frozen=True, repr=False)
class BatchNorm(Layer):
    """Bring each feature to mean 0 and variance 1 over the batch, then to a learned scale and shift.

    Parameters
    ----------
    momentum : float
        Weight of the newest batch in the running mean and variance, in (0, 1].
    epsilon : float
        Added to the variance.

    Notes
    -----
    Ioffe and Szegedy (2015), algorithms 1 and 2. Trained are ``gamma`` and ``beta``; the state is ``mean`` and
    ``variance``, used when predicting. A batch is normalised with its biased variance, the running variance collects
    the unbiased one: as in PyTorch.

    Examples
    --------
    >>> weights = BatchNorm().build((3,), np.random.default_rng(0))
    >>> weights.state["variance"]
    array([1., 1., 1.])
    """

    momentum: float = 0.1
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        newest = "It is the weight of the newest batch, such as 0.1; Keras counts the other way round"
        set_field(self, "momentum", real(self.momentum, "momentum of BatchNorm", "(0, 1]", instead=newest))
        set_field(self, "epsilon", real(self.epsilon, "epsilon of BatchNorm", "(0, inf)"))

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        return Weights(
            params={"gamma": np.ones(shape), "beta": np.zeros(shape)},
            state={"mean": np.zeros(shape), "variance": np.ones(shape)},
        )

    def output_shape(self, shape: Shape) -> Shape:
        check_flat(self, shape)
        return shape

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        mean, variance = p["mean"], p["variance"]
        if run.training:
            n = x.shape[0]
            if n < 2:
                raise ShapeError(
                    "BatchNorm needs at least two rows in every batch while training: one row has no variance",
                    received=f"a batch of shape {x.shape}",
                    instead="Choose a batch_size that leaves no single row over, or LayerNorm()",
                )
            mean = x.mean(axis=0)
            variance = np.square(x - mean).mean(axis=0)
            unbiased = variance * (n / (n - 1))
            run.update("mean", (1 - self.momentum) * p["mean"] + self.momentum * mean)
            run.update("variance", (1 - self.momentum) * p["variance"] + self.momentum * unbiased)
        scale = p["gamma"] / np.sqrt(variance + self.epsilon)
        return (x - mean) * scale + p["beta"]


@dataclass(frozen=True, repr=False)
class LayerNorm(Layer):
    """Bring each sample to mean 0 and variance 1 over its last axis, then to a learned scale and shift.

    Parameters
    ----------
    epsilon : float
        Added to the variance.

    Notes
    -----
    Ba, Kiros and Hinton (2016), equation 3, over the features of each sample. It does the same when training and when
    predicting.

    Examples
    --------
    >>> LayerNorm().build((3,), np.random.default_rng(0)).params["gamma"]
    array([1., 1., 1.])
    """

    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        set_field(self, "epsilon", real(self.epsilon, "epsilon of LayerNorm", "(0, inf)"))

    def build(self, shape: Shape, rng: np.random.Generator) -> Weights:
        self.output_shape(shape)
        return Weights({"gamma": np.ones(shape[-1:]), "beta": np.zeros(shape[-1:])})

    def output_shape(self, shape: Shape) -> Shape:
        if not shape or shape[-1] < 2:
            raise ShapeError(
                "LayerNorm needs at least two features: of a single one only the shift would be left",
                received=f"samples of shape {shape}",
                instead="Take it out, or write BatchNorm()",
            )
        return shape

    def forward(self, p: Mapping[str, Array], x: Array, run: Pass) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return centred * (1 / np.sqrt(variance + self.epsilon)) * p["gamma"] + p["beta"]
