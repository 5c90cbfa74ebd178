"""Products with one long axis are computed in blocks: the same numbers, whichever axis it is and however it lies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.engines.numpy_plan import Plan
from cutaway.interpreters.simplify import simplify

LONG = 2**14 * 2
RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(5, LONG)), RNG.normal(size=(7, LONG)), RNG.normal(size=(5, 7))


def kinds(plan: Plan) -> list[Any]:
    return [call.fn for call in plan.calls]


@pytest.mark.parametrize(
    ("f", "arrays"),
    [
        (lambda a, c: np.tanh(a.T @ c), (A, C)),  # long rows
        (lambda a, c: np.tanh(c.T @ a), (A, C)),  # long columns
        (lambda a, b: a @ b.T, (A, B)),  # a long sum
        (lambda a, b: b @ a.T, (A, B)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_long_axis_is_cut(f: Any, arrays: tuple[np.ndarray, ...], dtype: str) -> None:
    given = [x.astype(dtype) for x in arrays]
    plan = Plan(simplify(ca.trace(f, *given)), given)
    assert np.matmul in kinds(plan)
    assert np.dot not in kinds(plan)
    for _ in range(2):
        plan.run()
        scale = 1 if dtype == "float64" else 1e9
        np.testing.assert_allclose(plan.outputs[0], f(*given), rtol=1e-12 * scale, atol=1e-12 * scale)
        given[0] *= 0.5


@pytest.mark.parametrize("n", [32_771, 2**13])  # a prime number, and a short one
def test_other_products_are_left_whole(n: int) -> None:
    given = [RNG.normal(size=(5, n)), RNG.normal(size=(7, n))]
    plan = Plan(simplify(ca.trace(lambda a, b: a @ b.T, *given)), given)
    assert np.matmul not in kinds(plan)
    plan.run()
    np.testing.assert_allclose(plan.outputs[0], given[0] @ given[1].T, rtol=1e-10)
