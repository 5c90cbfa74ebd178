"""The catalogue of mistakes: named ways of getting a gradient wrong, each a small change of backpropagation's rules.

A family is a function ``family(scene) -> iterable of Mistake``, in a file of its own; :func:`catalogue` lists them all,
the common ones first. To add a mistake, yield it from its family.
"""

from __future__ import annotations

from collections.abc import Iterator

from cutaway.checking.mistakes.choices import choices
from cutaway.checking.mistakes.edges import edges
from cutaway.checking.mistakes.heads import heads
from cutaway.checking.mistakes.jacobians import jacobians
from cutaway.checking.mistakes.kernels import kernels
from cutaway.checking.mistakes.matrices import matrices
from cutaway.checking.mistakes.mistake import Mistake, Scene
from cutaway.checking.mistakes.operands import operands
from cutaway.checking.mistakes.paths import paths
from cutaway.checking.mistakes.repeated import steps
from cutaway.checking.mistakes.siblings import siblings
from cutaway.checking.mistakes.slopes import slopes
from cutaway.checking.mistakes.statistics import statistics
from cutaway.checking.mistakes.sums import sums

FAMILIES = (
    slopes,
    jacobians,
    matrices,
    operands,
    kernels,
    choices,
    sums,
    heads,
    siblings,
    steps,
    statistics,
    paths,
    edges,
)


def catalogue(scene: Scene) -> Iterator[Mistake]:
    """Every mistake that can be made in the backward pass of the scene's loss."""
    for family in FAMILIES:
        yield from family(scene)


__all__ = ["FAMILIES", "Mistake", "Scene", "catalogue"]
