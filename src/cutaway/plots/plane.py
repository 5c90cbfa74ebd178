"""The plane of paper: how samples with any number of features become points in a picture, and back.

A picture has two axes. Two features need nothing; of more, either two are chosen (the others then stay at their mean),
or the samples are seen along their first two principal components. ``project`` goes to the paper, ``lift`` from it,
which is what a decision boundary needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cutaway.errors import UsageError, one_of
from cutaway.plots.inputs import Array, Samples


@dataclass(frozen=True)
class Plane:
    """An affine plane in feature space: ``origin + a * axes[0] + b * axes[1]``, with the way back."""

    origin: Array
    axes: Array
    """(2, n_features): a step of 1 to the right, a step of 1 upwards."""
    coordinates: Array
    """(2, n_features): ``coordinates @ (x - origin)`` are the two coordinates of a sample."""
    labels: tuple[str, str]
    project_note: str = ""
    lift_note: str = ""

    def project(self, X: Array) -> Array:
        """Return the points (n, 2) of samples (n, n_features)."""
        return np.asarray((X - self.origin) @ self.coordinates.T)

    def lift(self, points: Array) -> Array:
        """Return the samples (n, n_features) that lie in the plane at these points (n, 2)."""
        return np.asarray(self.origin + points @ self.axes)


def plane(samples: Samples, features: Sequence[int | str] | None) -> Plane:
    """Choose the plane: the two features there are, two that were chosen, or the first two principal components."""
    X, names = samples.X, samples.feature_names
    if X.shape[1] < 2:
        raise UsageError("this picture needs at least two features", received=f"X of shape {X.shape}")
    if features is None and X.shape[1] > 2:
        return _principal(X)
    first, second = _chosen((0, 1) if features is None else features, names)
    units = np.zeros((2, X.shape[1]))
    units[0, first] = units[1, second] = 1.0
    origin = X.mean(axis=0)
    origin[[first, second]] = 0.0  # the two drawn features keep their own scale
    more = X.shape[1] > 2
    note = "the other features are held at their mean" if more else ""
    return Plane(origin, units, units, (names[first], names[second]), lift_note=note)


def _chosen(features: Sequence[int | str], names: tuple[str, ...]) -> tuple[int, int]:
    if isinstance(features, str) or len(features) != 2:
        raise UsageError("features must be two columns", received=repr(features), instead="Write features=(0, 1)")
    found = []
    for feature in features:
        if isinstance(feature, str):
            if feature not in names:
                raise one_of(feature, names, name="feature")
            found.append(names.index(feature))
        elif 0 <= feature < len(names):
            found.append(int(feature))
        else:
            raise UsageError(
                "features has a column that X does not have", received=f"{feature} of the columns 0 to {len(names) - 1}"
            )
    if found[0] == found[1]:
        raise UsageError("features must be two different columns", received=repr(tuple(features)))
    return found[0], found[1]


def _principal(X: Array) -> Plane:
    """Return the plane of largest variance (Pearson 1901), of features scaled to unit variance.

    Scaled, because the component would otherwise be the feature that happens to have the smallest unit.
    """
    origin, spread = X.mean(axis=0), X.std(axis=0)
    spread = np.where(spread > 1e-12 * np.maximum(np.abs(origin), 1.0), spread, 1.0)
    _, singular, rows = np.linalg.svd((X - origin) / spread, full_matrices=False)
    if len(rows) < 2:
        raise UsageError(
            "principal components need at least two samples",
            received=f"X of shape {X.shape}",
            instead="Choose two columns with features=(0, 1)",
        )
    components = rows[:2]
    largest = np.abs(components).argmax(axis=1)
    components = components * np.sign(components[[0, 1], largest])[:, None]  # the sign of a component is arbitrary
    total = float(np.sum(singular**2)) or 1.0
    shares = [100 * float(s) ** 2 / total for s in singular[:2]]
    labels = (
        f"principal component 1 ({shares[0]:.0f} % of variance)",
        f"principal component 2 ({shares[1]:.0f} % of variance)",
    )
    return Plane(
        origin,
        components * spread,
        components / spread,
        labels,
        project_note=f"{X.shape[1]} standardized features seen along two components",
        lift_note=f"predictions in the plane of two components of {X.shape[1]} features",
    )
