"""Points in the plane drawn from a seed; those that scikit-learn also makes are the same to the last bit.

``noise`` means one thing everywhere: the standard deviation of the normal noise added to points that have their label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cutaway.data.checks import SEED_LIMIT, Floats, Integers, spread, whole_number
from cutaway.data.dataset import Dataset

Points = tuple[Floats, Integers]

BLOBS = 3
CIRCLE_FACTOR = 0.5  # radius of the inner circle; scikit-learn's 0.8 leaves no room for noise
TURNS = 1.5


def moons(n_samples: int, noise: float, seed: int) -> Points:
    """Return two interleaved half circles."""
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples, noise=noise, random_state=seed)
    return X, y


def circles(n_samples: int, noise: float, seed: int) -> Points:
    """Return a circle within a circle."""
    from sklearn.datasets import make_circles

    X, y = make_circles(n_samples, noise=noise, factor=CIRCLE_FACTOR, random_state=seed)
    return X, y


def blobs(n_samples: int, noise: float, seed: int) -> Points:
    """Return three round clouds."""
    from sklearn.datasets import make_blobs

    X, y = make_blobs(n_samples, centers=BLOBS, cluster_std=noise, random_state=seed)
    return X, y


def spirals(n_samples: int, noise: float, seed: int) -> Points:
    """Return two spirals wound around each other, of radius 1."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    # The square root spreads the points evenly along the arm rather than crowding them in the middle.
    radius = np.sqrt(rng.uniform(0.01, 1.0, n_samples))
    angle = 2 * np.pi * TURNS * radius + np.pi * y
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + noise * rng.standard_normal(X.shape), y


def quadrants(n_samples: int, noise: float, seed: int) -> Points:
    """Return standard normal points; the class is 1 where both coordinates have the same sign."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
    return X + noise * rng.standard_normal(X.shape), y


def gate(*outputs: int) -> Callable[[int, float, int], Points]:
    """Return the maker of a truth table: its four points in turn, as often as it takes."""

    def points(n_samples: int, noise: float, seed: int) -> Points:
        inputs = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        which = np.arange(n_samples) % 4
        X = inputs[which] + noise * np.random.default_rng(seed).standard_normal((n_samples, 2))
        return X, np.array(outputs)[which]

    return points


@dataclass(frozen=True)
class Recipe:
    """How a generated data set is made when nothing else is said; up to `exact` points get no noise unasked."""

    points: Callable[[int, float, int], Points]
    description: str
    maker: str = "cutaway"
    n_samples: int = 500
    noise: float = 0.0
    exact: int = 0
    n_classes: int = 2


def _gate(words: str, *outputs: int) -> Recipe:
    description = f"{words}: 4 points, or n_samples noisy ones"
    return Recipe(gate(*outputs), description, n_samples=4, noise=0.1, exact=4)


RECIPES = {
    "moons": Recipe(moons, "two interleaved half circles", "scikit-learn's make_moons", noise=0.2),
    "circles": Recipe(circles, "a circle within a circle", "scikit-learn's make_circles", noise=0.1),
    "blobs": Recipe(blobs, "three round clouds", "scikit-learn's make_blobs", noise=1.0, n_classes=BLOBS),
    "spirals": Recipe(spirals, "two spirals wound around each other", noise=0.03),
    "quadrants": Recipe(quadrants, "normal points, class 1 where both coordinates have the same sign"),
    "xor": _gate("exclusive or", 0, 1, 1, 0),
    "and": _gate("the AND gate", 0, 0, 0, 1),
    "or": _gate("the OR gate", 0, 1, 1, 1),
}


def generate(name: str, n_samples: int | None = None, noise: float | None = None, seed: int = 0) -> Dataset:
    """Return the generated data set of that name, one of `RECIPES`.

    Parameters
    ----------
    name : str
        A name in `RECIPES`.
    n_samples : int, optional
        Number of points.
    noise : float, optional
        Standard deviation of the noise added to the points, in the units of the plane.
    seed : int
        Of the random numbers.

    Raises
    ------
    UsageError
        When a number is negative, too small, not finite or not a number.

    Examples
    --------
    >>> generate("moons", n_samples=100, noise=0.1, seed=42)
    Dataset('moons': 100 samples x 2 features; binary target: 0 50, 1 50)
    """
    recipe = RECIPES[name]
    n = (
        recipe.n_samples
        if n_samples is None
        else whole_number(n_samples, "n_samples", recipe.exact or recipe.n_classes)
    )
    usual = recipe.noise if n > recipe.exact else 0.0
    sigma = usual if noise is None else spread(noise, "noise")
    seed = whole_number(seed, "seed", 0, SEED_LIMIT)
    X, y = recipe.points(n, sigma, seed)
    return Dataset(
        name=name,
        X=X,
        y=y,
        task="binary" if recipe.n_classes == 2 else "multiclass",
        feature_names=("x0", "x1"),
        class_names=tuple(map(str, range(recipe.n_classes))),
        description=recipe.description,
        source=f"generated by {recipe.maker}: n_samples={n}, noise={sigma}, seed={seed}",
    )
