"""The honest sentence, in all its cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cutaway.experiments.comparison import Comparison, compare


def held(
    network: float, other: float, spread: float | None = 0.01, margin: float = 0.03, rows: int = 200
) -> Comparison:
    return Comparison("logistic_regression", "accuracy", network, other, spread, margin, rows)


@pytest.mark.parametrize(
    ("comparison", "verdict", "sentence"),
    [
        (
            held(0.95, 0.85),
            "better",
            "The network beats logistic regression: accuracy 0.950 against 0.850. The difference, 0.100, is larger "
            "than the spread between seeds (0.010) and what chance in 200 held-out rows explains (0.030).",
        ),
        (
            held(0.95, 0.85, spread=None),
            "better",
            "The network beats logistic regression: accuracy 0.950 against 0.850. The difference, 0.100, is larger "
            "than what chance in 200 held-out rows explains (0.030).",
        ),
        (
            held(0.85, 0.95),
            "worse",
            "The network does not beat logistic regression: accuracy 0.850 against 0.950, 0.100 behind. The simpler "
            "model is the better one here.",
        ),
        (
            held(0.955, 0.95),
            "within the spread",
            "The network is ahead of logistic regression: accuracy 0.955 against 0.950. The difference, 0.005, is "
            "smaller than the spread between seeds (0.010), so the two cannot be told apart.",
        ),
        (
            held(0.945, 0.95),
            "within the spread",
            "The network does not beat logistic regression: accuracy 0.945 against 0.950. The difference, 0.005, is "
            "smaller than the spread between seeds (0.010), so the two cannot be told apart.",
        ),
        (
            held(0.97, 0.95),
            "within the margin",
            "The network is ahead of logistic regression: accuracy 0.970 against 0.950. The difference, 0.020, is "
            "within what chance in 200 held-out rows explains (0.030), so the two cannot be told apart.",
        ),
        (
            held(0.93, 0.95),
            "within the margin",
            "The network does not beat logistic regression: accuracy 0.930 against 0.950. The difference, 0.020, is "
            "within what chance in 200 held-out rows explains (0.030), so the two cannot be told apart.",
        ),
        (
            held(0.95, 0.95),
            "equal",
            "The network does not beat logistic regression: both have accuracy 0.950.",
        ),
        (
            held(1.0, 0.0, spread=None, margin=math.inf, rows=1),
            "within the margin",
            "The network is ahead of logistic regression: accuracy 1.000 against 0.000. The difference, 1.000, is "
            "within what chance in a single held-out row explains, so the two cannot be told apart.",
        ),
    ],
)
def test_each_case_has_its_sentence(comparison: Comparison, verdict: str, sentence: str) -> None:
    assert comparison.verdict == verdict
    assert comparison.sentence() == sentence


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("decision_tree", "beats a decision tree:"),
        ("most_frequent_class", "beats always naming the most frequent class:"),
        ("mean_of_the_target", "beats always answering the mean:"),
        ("linear_regression", "beats linear regression:"),
    ],
)
def test_models_are_called_by_words(name: str, phrase: str) -> None:
    assert phrase in Comparison(name, "accuracy", 0.9, 0.5, 0.01, 0.01, 100).sentence()


def test_a_difference_is_told_from_its_bound_by_enough_decimals() -> None:
    assert (
        "0.01207, is within what chance in 359 held-out rows explains (0.01213)"
        in held(0.97607, 0.964, spread=0.004, margin=0.01213, rows=359).sentence()
    )


def test_the_margin_is_two_standard_errors_of_the_paired_difference() -> None:
    rng = np.random.default_rng(0)
    networks = [rng.integers(0, 2, 50).astype(float) for _ in range(3)]
    other = rng.integers(0, 2, 50).astype(float)
    found = compare("tree", "accuracy", networks, other)
    paired = np.mean(networks, axis=0) - other
    assert found.margin == pytest.approx(2 * math.sqrt(paired.var(ddof=1) / 50))
    assert found.spread == pytest.approx(np.std([rows.mean() for rows in networks], ddof=1))
    assert found.difference == pytest.approx(paired.mean())
    assert found.rows == 50


def test_the_same_answers_leave_no_difference_and_no_margin() -> None:
    rows = np.array([1.0, 0.0, 1.0])
    found = compare("tree", "accuracy", [rows], rows)
    assert (found.verdict, found.margin, found.spread) == ("equal", 0.0, None)


def test_models_that_err_on_different_rows_have_a_wider_margin() -> None:
    """The same two scores mean less where the models disagree about more rows."""
    right = np.array([1.0] * 90 + [0.0] * 10)
    nested, apart = np.array([1.0] * 85 + [0.0] * 15), np.array([0.0] * 15 + [1.0] * 85)
    assert nested.mean() == apart.mean()
    assert compare("tree", "accuracy", [right], nested).margin < compare("tree", "accuracy", [right], apart).margin / 2


def test_what_json_cannot_hold_is_null() -> None:
    found = compare("tree", "accuracy", [np.array([1.0])], np.array([0.0])).to_json()
    assert found["margin"] is None
    assert found["spread"] is None
    assert found["verdict"] == "within the margin"
