"""What the tests of recording share: a recorded program against the same program run plainly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway import tree


def differences(f: Callable[..., Any], args: tuple[Any, ...], h: float = 1e-4) -> list[Any]:
    """Gradient of ``f`` by the arrays of its first argument, entry by entry, with one extrapolation."""
    leaves = [np.asarray(leaf) for _, leaf in tree.leaves(args[0])]

    def at(k: int, place: Any, step: float) -> Any:
        moved = [x.astype(float).copy() if x.ndim else np.float64(x) for x in leaves]
        if moved[k].ndim:
            moved[k][place] += step
        else:
            moved[k] = moved[k] + step
        return f(tree.rebuild(args[0], moved), *args[1:])

    grads = []
    for k, x in enumerate(leaves):
        g = np.zeros(x.shape)
        for place in np.ndindex(x.shape):
            near, far = (at(k, place, t * h) - at(k, place, -t * h) for t in (1, 2))
            g[place] = (8 * near - far) / (12 * h)
        grads.append(g)
    return grads


@pytest.fixture
def agrees() -> Callable[..., Any]:
    """``agrees(f, *args)``: value and first gradient are those of the plain program; gives the graph."""

    def check(f: Callable[..., Any], *args: Any) -> Any:
        value, grads = ca.value_and_grad(f)(*args)
        np.testing.assert_allclose(value, f(*args), rtol=1e-13)
        for (path, g), expected in zip(tree.leaves(grads), differences(f, args), strict=True):
            np.testing.assert_allclose(g, expected, rtol=1e-6, atol=1e-8, err_msg=path)
        graph = ca.trace(f, *args)
        graph.check()
        return graph

    return check
