from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_circles, make_moons

from cutaway.data import load
from cutaway.data.generated import RECIPES


@pytest.mark.parametrize(("n", "noise", "seed"), [(500, 0.2, 42), (300, 0.0, 0), (7, 0.1, 3)])
def test_moons_are_those_of_scikit_learn(n: int, noise: float, seed: int) -> None:
    X, y = make_moons(n, noise=noise, random_state=seed)
    data = load("moons", n_samples=n, noise=noise, seed=seed)
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.y, y)


def test_circles_are_those_of_scikit_learn() -> None:
    X, y = make_circles(200, noise=0.05, factor=0.5, random_state=1)
    data = load("circles", n_samples=200, noise=0.05, seed=1)
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.y, y)


def test_blobs_are_those_of_scikit_learn_and_have_three_classes() -> None:
    X, y = make_blobs(90, centers=3, cluster_std=0.7, random_state=5)
    data = load("blobs", n_samples=90, noise=0.7, seed=5)
    assert np.array_equal(data.X, X)
    assert np.array_equal(data.y, y)
    assert data.task == "multiclass"
    assert data.class_names == ("0", "1", "2")


def test_quadrants_are_standard_normal_points_labelled_by_their_signs() -> None:
    data = load("quadrants", n_samples=1000, seed=7)
    assert np.array_equal(data.X, np.random.default_rng(7).standard_normal((1000, 2)))
    assert np.array_equal(data.y, data.X[:, 0] * data.X[:, 1] > 0)


def test_noise_moves_points_after_they_have_their_label() -> None:
    still, moved = load("quadrants", seed=1), load("quadrants", seed=1, noise=0.3)
    assert np.array_equal(still.y, moved.y)
    assert np.std(moved.X - still.X) == pytest.approx(0.3, rel=0.1)


def test_spiral_points_lie_on_the_arm_of_their_class() -> None:
    data = load("spirals", n_samples=200, noise=0.0, seed=2)
    radius = np.hypot(data.X[:, 0], data.X[:, 1])
    angle = np.arctan2(data.X[:, 1], data.X[:, 0])
    turned = np.exp(1j * (angle - 3 * np.pi * radius))  # 1 on one arm, -1 on the other
    assert np.allclose(turned, 1 - 2 * data.y)
    assert radius.max() <= 1


@pytest.mark.parametrize(("name", "labels"), [("and", [0, 0, 0, 1]), ("or", [0, 1, 1, 1]), ("xor", [0, 1, 1, 0])])
def test_gates_are_their_truth_table(name: str, labels: list[int]) -> None:
    data = load(name)
    assert data.X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert data.y.tolist() == labels


def test_many_points_of_a_gate_are_noisy_copies_in_turn() -> None:
    data = load("xor", n_samples=402, seed=0)
    corners = np.round(load("xor", n_samples=402, noise=0.0).X)
    assert np.array_equal(data.y, corners[:, 0] != corners[:, 1])
    assert np.std(data.X - corners) == pytest.approx(0.1, rel=0.1)
    assert np.std(load("xor", noise=0.5).X - load("xor").X) > 0.1


@pytest.mark.parametrize("name", RECIPES)
def test_each_has_the_size_asked_for_and_depends_on_the_seed_alone(name: str) -> None:
    first = load(name, n_samples=40, noise=0.1, seed=3)
    again = load(name, n_samples=40, noise=0.1, seed=3)
    other = load(name, n_samples=40, noise=0.1, seed=4)
    assert first.X.shape == (40, 2)
    assert first.X.dtype == np.float64
    assert first.y.dtype == np.int64
    assert first.feature_names == ("x0", "x1")
    assert np.array_equal(first.X, again.X)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.X, other.X)
    assert set(np.unique(first.y)) == set(range(first.n_classes))
    assert "n_samples=40, noise=0.1, seed=3" in first.source


@pytest.mark.parametrize("name", RECIPES)
def test_numpy_numbers_are_arguments_like_any(name: str) -> None:
    data = load(name, n_samples=np.int64(12), noise=np.float32(0.5), seed=np.uint8(9))
    assert np.array_equal(data.X, load(name, n_samples=12, noise=0.5, seed=9).X)
