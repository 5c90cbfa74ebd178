"""Every mistake of the catalogue, made on purpose, is recognised, and not taken for another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway.ops  # noqa: F401
from cutaway.checking.findings.diagnosis import Search, _key, explain, views
from cutaway.checking.mistakes import FAMILIES, Mistake, Scene, catalogue
from cutaway.checking.records import Case, Params
from cutaway.checking.truth import Point, find_truth, look

R = np.random.default_rng(1)
X = R.normal(size=(20, 3))
LABELS = R.integers(0, 4, 20)
ONE_HOT = np.eye(4)[LABELS]
TARGETS = R.normal(size=(20, 4))


def rows(p: Params) -> Any:
    """tanh, sigmoid and a square layer, cross-entropy of two classes."""
    h = np.tanh(X @ p["W1"] + p["b1"])
    g = 1 / (1 + np.exp(-(h @ p["W2"] + p["b2"])))
    a = 1 / (1 + np.exp(-(g @ p["W3"] + p["b3"])))
    y = (LABELS[:, None] > 1).astype(float)
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))


def columns(p: Params) -> Any:
    """ReLU, softmax, samples in columns."""
    h = np.maximum(p["W1"] @ X.T + p["b1"], 0)
    s = p["W2"] @ h + p["b2"]
    e = np.exp(s - s.max(axis=0))
    return -np.sum(ONE_HOT.T * np.log(e / e.sum(axis=0))) / 20


def regression(p: Params) -> Any:
    """Leaky ReLU, linear output, squared error."""
    z = X @ p["W1"] + p["b1"]
    h = np.where(z > 0, z, 0.1 * z)
    return np.mean((h @ p["W2"] + p["b2"] - TARGETS) ** 2)


def recurrent(p: Params) -> Any:
    """Five steps with the same weights."""
    h = np.zeros(4)
    for t in range(5):
        h = np.tanh(p["Wx"] @ X[t] + p["Wh"] @ h + p["b"])
    return np.sum((h - TARGETS[0]) ** 2)


IMAGES = R.normal(size=(6, 6, 6))


def pooled(p: Params) -> Any:
    """Two kernels, the largest of each four, normalised features, softmax and squared error."""
    cut = np.stack([np.stack([IMAGES[:, i : i + 4, j : j + 4] for j in range(3)], -1) for i in range(3)], -2)
    z = np.einsum("nhwij,fij->nfhw", cut, p["K"])
    top = np.tanh(z).reshape(6, 2, 2, 2, 2, 2).max(axis=(3, 5)).reshape(6, 8)
    centred = top - top.mean(axis=0)
    s = (centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-3)) @ p["W"]
    e = np.exp(s)
    return np.mean((e / e.sum(axis=1)[:, None] - ONE_HOT[:6]) ** 2)


def start(*shapes: tuple[str, tuple[int, ...]]) -> Params:
    return {name: R.normal(size=shape) * 0.6 for name, shape in shapes}


NETWORKS: dict[str, tuple[Callable[[Params], Any], Params]] = {
    "rows": (
        rows,
        start(("W1", (3, 5)), ("b1", (1, 5)), ("W2", (5, 5)), ("b2", (1, 5)), ("W3", (5, 1)), ("b3", (1, 1))),
    ),
    "columns": (columns, start(("W1", (6, 3)), ("b1", (6, 1)), ("W2", (4, 6)), ("b2", (4, 1)))),
    "regression": (regression, start(("W1", (3, 6)), ("b1", (6,)), ("W2", (6, 4)), ("b2", (4,)))),
    "recurrent": (recurrent, start(("Wx", (4, 3)), ("Wh", (4, 4)), ("b", (4,)))),
    "pooled": (pooled, start(("K", (2, 3, 3)), ("W", (8, 4)))),
}


def at(loss: Callable[[Params], Any], params: Params) -> tuple[Point, Scene, dict[Any, Mistake]]:
    point = look(Case(params, loss))
    assert point.backprop is not None
    scene = Scene(point.backprop, 0.1, point.stacks)
    made: dict[Any, Mistake] = {}
    for m in catalogue(scene):
        made.setdefault(_key(m, scene), m)
    return point, scene, made


def numbers(point: Point, mistake: Mistake) -> dict[str, Any]:
    assert point.backprop is not None
    return point.backprop.inputs(point.backprop.broken(mistake.changes, mistake.seeds))


def wrong_gradients(loss: Callable[[Params], Any], key: Any) -> Callable[[Params], dict[str, Any]]:
    """A backward pass with one mistake, at whatever parameters."""

    def gradients(p: Params) -> dict[str, Any]:
        point, _, made = at(loss, p)
        return numbers(point, made[key])

    return gradients


def one_of_each() -> list[tuple[str, Any]]:
    """(network, key) of the first mistake of each name that changes the gradient at all."""
    chosen = []
    for network, (loss, params) in NETWORKS.items():
        point, _, made = at(loss, params)
        seen = set()
        for key, mistake in made.items():
            got = numbers(point, mistake)
            finite = all(np.isfinite(g).all() for g in got.values())
            if mistake.code not in seen and finite and any(point.error(n, g) > 1e-3 for n, g in got.items()):
                seen.add(mistake.code)
                chosen.append((network, key))
    return chosen


EACH = one_of_each()


@pytest.mark.parametrize(("network", "key"), EACH, ids=[f"{n}-{k[0]}-{i}" for i, (n, k) in enumerate(EACH)])
def test_a_mistake_is_recognised(network: str, key: Any) -> None:
    loss, params = NETWORKS[network]
    truth = find_truth(Case(params, loss, wrong_gradients(loss, key)))
    explained = explain(truth, 0.1, seconds=30)
    assert explained is not None
    assert explained.residual < 1e-6
    if explained.mistakes:
        generic = truth.generic
        assert generic is not None
        point, _, made = at(loss, generic.params)
        wanted, got = numbers(point, made[key]), numbers(generic, explained.mistakes[0])
        same = len(explained.mistakes) == 1 and all(
            np.allclose(wanted[n], got[n], rtol=1e-6, atol=1e-9) for n in wanted
        )
        scaled = explained.factors or explained.mistakes[0].seeds or made[key].seeds
        assert same or scaled, (key[:2], [m.words for m in explained.mistakes])
    else:
        assert explained.factors or explained.terms


def test_all_families_have_mistakes() -> None:
    scenes = [at(loss, params)[1] for loss, params in NETWORKS.values()]
    for family in FAMILIES:
        assert any(list(family(scene)) for scene in scenes), family.__name__


def test_at_most_a_handful_of_names_are_left_out() -> None:
    assert len({key[0] for _, key in EACH}) >= 25


def test_neighbours_are_told_apart() -> None:
    """The slope left out, squared, at the output and of the other activation give different names."""
    loss, params = NETWORKS["rows"]
    for code in (
        "missing-slope",
        "slope-twice",
        "slope-at-output",
        "slope-of-preactivation",
        "not-transposed",
        "one-sample",
    ):
        key = next(k for n, k in EACH if n == "rows" and k[0] == code)
        explained = explain(find_truth(Case(params, loss, wrong_gradients(loss, key))), 0.1, seconds=30)
        assert explained is not None and [m.code for m in explained.mistakes] == [code]


def test_a_right_backward_pass_has_no_mistake() -> None:
    loss, params = NETWORKS["columns"]

    def right(p: Params) -> dict[str, Any]:
        point = look(Case(p, loss))
        return point.exact

    truth = find_truth(Case(params, loss, right))
    assert Search(views(truth), 0.1, 1e9).wrong == []


def test_an_almost_right_backward_pass_is_not_explained() -> None:
    """What equals no mistake to rounding is not diagnosed: one entry is off by a thousandth."""
    loss, params = NETWORKS["regression"]

    def nearly(p: Params) -> dict[str, Any]:
        exact = {n: g.copy() for n, g in look(Case(p, loss)).exact.items()}
        exact["W1"][0, 0] *= 1.001
        return exact

    assert explain(find_truth(Case(params, loss, nearly)), 0.1, seconds=30) is None
