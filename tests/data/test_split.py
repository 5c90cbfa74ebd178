from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.data import Dataset, Split, load
from cutaway.errors import DataError, UsageError


def numbered(y: list[int]) -> Dataset:
    """Return a data set whose only feature is the row number."""
    return Dataset("numbered", np.arange(len(y))[:, None], np.array(y), "multiclass", ("row",), ("a", "b", "c"))


def rows(split: Split) -> list[set[float]]:
    return [set(part.X[:, 0]) if part else set() for part in (split.train, split.validation, split.test)]


@given(
    counts=st.tuples(*[st.integers(3, 60)] * 3),
    test=st.sampled_from([0.1, 0.2, 0.25, 0.3]),
    validation=st.sampled_from([0.0, 0.1, 0.25]),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_parts_are_disjoint_complete_and_stratified(
    counts: tuple[int, int, int], test: float, validation: float, seed: int
) -> None:
    data = numbered([label for label, count in enumerate(counts) for _ in range(count)])
    split = data.split(test=test, validation=validation, seed=seed)
    train, validate, held_out = rows(split)
    assert train | validate | held_out == set(range(len(data)))
    assert len(train) + len(validate) + len(held_out) == len(data)
    assert (split.validation is None) == (validation == 0)
    for part, share in ((split.validation, validation), (split.test, test)):
        if part is not None:
            exact = np.array(counts) * share
            taken = np.bincount(part.y, minlength=3)
            assert (np.abs(taken - exact) <= 1).all()
            assert (taken >= 1).all()
            if (exact >= 1).all():
                assert taken.sum() == round(len(data) * share)


def test_rows_left_over_by_rounding_go_to_the_largest_remainder() -> None:
    test = numbered([0] * 9 + [1] * 6 + [2] * 5).split(test=0.2).test
    assert np.bincount(test.y).tolist() == [2, 1, 1]


def test_sizes_of_the_digits() -> None:
    split = load("digits").split(test=0.2, validation=0.1)
    assert [len(split.train), len(split.validation or ()), len(split.test)] == [1258, 180, 359]
    assert split.test.image_shape == (8, 8)


def test_the_same_seed_gives_the_same_parts_in_the_same_order() -> None:
    data = load("iris")
    first, again, other = data.split(seed=1), data.split(seed=1), data.split(seed=2)
    assert np.array_equal(first.test.X, again.test.X)
    assert np.array_equal(first.train.X, again.train.X)
    assert not np.array_equal(first.test.X, other.test.X)


def test_rows_are_mixed_so_that_the_first_few_show_every_class() -> None:
    assert len(set(load("iris").split().test.y[:12])) == 3


def test_asking_for_validation_leaves_the_test_part_as_it_was() -> None:
    data = load("wine")
    assert np.array_equal(data.split(seed=5).test.X, data.split(validation=0.2, seed=5).test.X)


def test_a_regression_is_split_by_rows() -> None:
    split = load("diabetes").split(test=0.25, seed=3)
    assert len(split.test) == 110
    assert len(split.train) == 332
    assert split.test.y.dtype == np.float64


def test_a_truth_table_can_be_split_in_two() -> None:
    split = load("xor").split(test=0.2)
    assert sorted(split.train.y) == sorted(split.test.y) == [0, 1]


def test_a_class_that_a_subset_has_lost_is_no_obstacle() -> None:
    data = load("iris")
    split = data.subset(data.y != 1).split()
    assert split.test.summary()["class_counts"] == {"setosa": 10, "versicolor": 0, "virginica": 10}


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan"), "0.2", None, True, 30])
def test_a_test_share_must_lie_between_0_and_1(share: object) -> None:
    with pytest.raises(UsageError, match="The share test must lie between 0 and 1; received"):
        load("iris").split(test=share)  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [1, -0.1, float("inf"), None])
def test_a_validation_share_must_lie_between_0_and_1(share: object) -> None:
    with pytest.raises(UsageError, match="The share validation must lie"):
        load("iris").split(validation=share)  # type: ignore[arg-type]


def test_shares_that_leave_nothing_to_train_on() -> None:
    with pytest.raises(UsageError, match=r"nothing to train on; received test=0.6, validation=0.4"):
        load("iris").split(test=0.6, validation=0.4)


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, None, True])
def test_a_seed_must_be_a_whole_number(seed: object) -> None:
    with pytest.raises(UsageError, match="seed must be a whole number"):
        load("iris").split(seed=seed)  # type: ignore[arg-type]


def test_a_class_with_too_few_rows_is_named() -> None:
    data = numbered([0] * 10 + [1] + [2] * 10)
    with pytest.raises(DataError, match=r"too few rows of class 'b' .* each of 2 parts; received 1 row of it among 21"):
        data.split()
    with pytest.raises(DataError, match=r"too few rows of class '0' .* each of 3 parts; received 2 rows"):
        load("xor").split(validation=0.2)


def test_a_regression_with_too_few_rows() -> None:
    with pytest.raises(DataError, match="too few rows to have one in each of 2 parts; received 1 row"):
        load("diabetes").subset([0]).split()
