"""The loss as a landscape: its height along two directions from the weights of a network, and the way that led there.

Random directions would say little by themselves, since a layer may have large weights or small ones for the same
function: each unit's part of a direction is made as long as the unit's own weights (Li et al. 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutaway import tree
from cutaway.engines.numpy_plan import Plan
from cutaway.engines.threads import one_blas_thread
from cutaway.errors import DataError, ShapeError, UsageError
from cutaway.nn.validate import real, whole
from cutaway.train.callbacks import Callback, Run
from cutaway.train.fit import prepared
from cutaway.train.history import Record
from cutaway.train.range_test import twin
from cutaway.train.step import evaluation

if TYPE_CHECKING:
    from cutaway.nn.network import Network

Array = NDArray[Any]
Floats = NDArray[np.float64]
Direction: TypeAlias = "ArrayLike | Network"
_MARGIN = 0.25  # of a path's extent, that is shown around it


@dataclass(frozen=True, eq=False)
class LossSurface:
    """Losses on a grid around the weights of a network.

    Parameters
    ----------
    x, y : ndarray, shape (resolution,)
        How far along the first and the second direction; 0, 0 is the network.
    losses : ndarray, shape (resolution, resolution)
        ``losses[i, j]`` belongs to ``y[i]`` and ``x[j]``.
    centre : float
        The loss of the network itself.
    path : ndarray, shape (n, 2), or None
        Where the weights on the way lie in this plane; they may be far above or below it.
    explained : float or None
        Which share of the path's squared distances from the network lies in the plane.
    names : tuple of two str
        What the directions are.
    """

    x: Floats
    y: Floats
    losses: Floats
    centre: float
    path: Floats | None = None
    explained: float | None = None
    names: tuple[str, str] = ("first direction", "second direction")


@dataclass
class Trajectory(Callback):
    """Keeps the weights at the start of the training and after each epoch, one flat vector for each.

    Examples
    --------
    >>> import cutaway as ca
    >>> data, way = ca.data.load("moons"), ca.train.Trajectory()
    >>> net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")])
    >>> history = net.fit(data.X, data.y, epochs=5, callbacks=way, progress=False)
    >>> len(way.weights), way.weights[0].shape
    (6, (17,))
    """

    weights: list[Array] = field(default_factory=list)

    def on_start(self, run: Run) -> None:
        """Keep the first weights."""
        self.weights = [flat(run.network)]

    def on_epoch(self, record: Record, run: Run) -> None:
        """Keep the weights."""
        self.weights.append(flat(run.network))


def loss_surface(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    directions: Sequence[Direction] | None = None,
    path: Sequence[Direction] | None = None,
    span: float = 1.0,
    resolution: int = 41,
    loss: Any = None,
    rows: ArrayLike | None = None,
    seed: int = 0,
) -> LossSurface:
    """Return the loss around the weights of a network, along two directions; the network is left as it is.

    Parameters
    ----------
    network : Network
        Trained, or at least built. It is asked as when predicting: nothing is dropped.
    X, y, loss, rows
        As for :meth:`cutaway.nn.Network.fit`; all rows at once, so of large data give some.
    directions : two arrays (n_params,) or Networks, optional
        The directions: vectors that are added to the weights, or networks with the same layers, which then lie at 1 on
        their axis. By default those in which the path extends most or, without a path, two random ones, normalised by
        filter, from ``seed``.
    path : sequence of arrays (n_params,) or Networks, optional
        Weights on the way, as `Trajectory` keeps them.
    span : float
        How far the picture reaches to each side; a path is shown whole, whatever it is.
    resolution : int
        Points along each direction.
    seed : int
        Of random directions.

    Raises
    ------
    UsageError
        If the network has no weights yet, or a number cannot be used.
    ShapeError
        If a direction or a point of the path does not have one number for each weight.
    DataError
        If a direction is zero, or both are parallel.

    Notes
    -----
    Li, Xu, Taylor, Studer and Goldstein, *Visualizing the loss landscape of neural nets* (2018): filter-wise
    normalisation is section 4, the plane of a path section 7. Biases and other vectors stay as they are in random
    directions.

    Examples
    --------
    >>> import cutaway as ca
    >>> data = ca.data.load("moons", n_samples=100)
    >>> net = ca.Network([ca.Dense(4, "tanh"), ca.Dense(1, "sigmoid")])
    >>> history = net.fit(data.X, data.y, optimizer=ca.Adam(0.05), epochs=200, progress=False)
    >>> surface = ca.train.loss_surface(net, data.X, data.y, resolution=11)
    >>> surface.losses.shape, bool(surface.losses[5, 5] == surface.centre)
    ((11, 11), True)
    """
    span = real(span, "span", "(0, inf)")
    resolution = whole(resolution, "resolution", least=3)
    centre = flat(network).astype(np.float64)
    way = None if path is None else np.array([_vector(p, centre, "a point of path") for p in path]) - centre
    if way is not None and len(way) < 2:
        raise DataError("A path has two points or more", received=f"{len(way)}")
    if directions is not None:
        if len(directions) != 2:
            raise UsageError("There are two directions", received=f"{len(directions)}")
        # a network stands for the way to it
        pair = [_vector(d, centre, "a direction") - (centre if hasattr(d, "params") else 0) for d in directions]
        names = ("first direction", "second direction")
    elif way is not None:
        pair, names = _principal(way)
    else:
        rng = np.random.default_rng(whole(seed, "seed", least=0))
        pair = [_filterwise(network, rng) for _ in range(2)]
        names = ("first random direction", "second random direction")
    basis = np.stack(pair)
    if np.linalg.matrix_rank(basis) < 2:
        raise DataError("The two directions must point different ways, and neither may be zero")
    places: Floats | None = None
    explained: float | None = None
    low, high = np.full(2, -span), np.full(2, span)
    if way is not None:
        places = np.asarray(np.linalg.lstsq(basis.T, way.T, rcond=None)[0].T, np.float64)
        total = float(np.sum(way**2))
        explained = 1 - float(np.sum((way - places @ basis) ** 2)) / total if total else 1.0
        margin = _MARGIN * np.maximum(np.ptp(places, axis=0), np.ptp(places) / 4)
        low, high = np.minimum(places.min(axis=0), 0) - margin, np.maximum(places.max(axis=0), 0) + margin
    x, y_axis = (np.linspace(low[i], high[i], resolution) for i in range(2))
    found = _heights(network, X, y, loss, rows, centre, basis, x, y_axis)
    return LossSurface(x, y_axis, found[1:].reshape(resolution, resolution), float(found[0]), places, explained, names)


def flat(network: Network) -> Array:
    """Return all weights of a network as one vector, layer after layer."""
    network._built()
    return np.concatenate([a.ravel() for layer in network.params for a in layer.values()])


def _heights(
    network: Network, X: Any, y: Any, loss: Any, rows: Any, centre: Floats, basis: Floats, x: Floats, y_axis: Floats
) -> Floats:
    """The loss at the centre, and then at each point of the grid, one row of it after the other."""
    run = prepared(
        twin(network),
        X,
        y,
        loss=network.loss if loss is None else loss,
        optimizer="sgd",
        lr=None,
        epochs=1,
        batch_size=None,
        shuffle=False,
        rows=rows,
        validation=None,
        sample_weight=None,
        class_weight=None,
        metrics=(),
        seed=0,
        engine="numpy",
    )
    parts = (run.network.params, run.network.state, run.data)
    plan = Plan(evaluation(run.objective, *parts), [a for part in parts for _, a in tree.leaves(part)])
    points = np.array([(0.0, 0.0), *((a, b) for b in y_axis for a in x)])
    found = np.empty(len(points))
    with one_blas_thread(), np.errstate(all="ignore"):
        for i, point in enumerate(points):
            run.theta[...] = centre + point @ basis
            plan.run()
            found[i] = plan.outputs[0]
    return found


def _vector(value: Any, centre: Floats, what: str) -> Floats:
    vector = flat(value) if hasattr(value, "params") else np.asarray(value)
    if vector.shape != centre.shape:
        raise ShapeError(
            f"{what} needs one number for each of the {len(centre):,} weights", received=f"shape {vector.shape}"
        )
    return vector.astype(np.float64)


def _filterwise(network: Network, rng: np.random.Generator) -> Floats:
    """A random direction: for each unit (the last axis of an array) as long as the weights of the unit."""
    parts = []
    for layer in network.params:
        for array in layer.values():
            drawn = rng.standard_normal(array.shape)
            others = tuple(range(array.ndim - 1))
            own = np.sqrt(np.sum(np.square(array, dtype=np.float64), axis=others)) if others else np.zeros(1)
            parts.append((drawn * own / np.sqrt(np.sum(drawn**2, axis=others or None))).ravel())
    return np.concatenate(parts)


def _principal(way: Floats) -> tuple[list[Floats], tuple[str, str]]:
    """The two directions in which the path extends most, seen from its end, in the scale of the weights."""
    _, singular, axes = np.linalg.svd(way, full_matrices=False)
    if len(singular) < 2 or singular[1] <= 1e-9 * singular[0]:
        raise DataError(
            "The path is a straight line, so that it has no second direction", instead="Give the directions too"
        )
    shares = singular**2 / np.sum(singular**2)
    first, second = (f"principal direction {i + 1} of the path ({100 * shares[i]:.0f} %)" for i in range(2))
    signs = np.where(way[0] @ axes[:2].T < 0, -1.0, 1.0)  # the start lies right and above
    return [axes[0] * signs[0], axes[1] * signs[1]], (first, second)
