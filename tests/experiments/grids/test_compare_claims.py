"""What is claimed of a comparison, on records made by hand: more than chance, or nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.experiments.grids.claims import Claims, Row, difference
from cutaway.experiments.grids.grid import Configuration

N = 100
LINE = np.r_[np.ones(80), np.zeros(20)]
SIMPLER = {"logistic_regression": LINE, "decision_tree": LINE, "most_frequent_class": np.r_[np.ones(50), np.zeros(50)]}


def hits(right: int) -> list[int]:
    return [1] * right + [0] * (N - right)


def row(label: str, rights: list[int], loss: float | None, parameters: int, **more: Any) -> Row:
    records = [
        {
            "seed": seed,
            "test": {"accuracy": right / N},
            "hits": hits(right),
            "validation": None if loss is None else {"loss": loss},
            "parameters": parameters,
            "best_epoch": 10 * (seed + 1),
            "stopped": "finished",
            "seconds": 0.5,
            "notes": [],
            **more,
        }
        for seed, right in enumerate(rights)
    ]
    return Row(Configuration((parameters,), "relu", "adam", 0.1), label, records)


def claims(*rows: Row) -> Claims:
    return Claims(rows, "accuracy", "accuracy", SIMPLER)


def test_a_difference_is_paired_by_seed() -> None:
    """Both vary by ten rows between seeds, and one is five rows ahead with each."""
    found = difference(row("a", [85, 90, 95], 0.1, 9), row("b", [80, 85, 90], 0.1, 9))
    assert found.mean == pytest.approx(0.05) and found.spread == pytest.approx(0.0, abs=1e-12)
    assert found.claimed


def test_a_difference_within_the_spread_is_not_claimed() -> None:
    found = difference(row("a", [99, 60, 99], 0.1, 9), row("b", [70, 80, 70], 0.1, 9))
    assert found.mean > found.margin and found.spread is not None and found.mean < found.spread
    assert not found.claimed


def test_a_difference_within_the_margin_is_not_claimed() -> None:
    found = difference(row("a", [81, 81], 0.1, 9), row("b", [80, 80], 0.1, 9))
    assert found.spread == 0 and 0 < found.mean < found.margin
    assert not found.claimed


def test_equal_networks_are_equal() -> None:
    assert not difference(row("a", [80, 80], 0.1, 9), row("b", [80, 80], 0.1, 9)).claimed


def test_the_margin_is_two_standard_errors_over_the_rows() -> None:
    found = difference(row("a", [90], 0.1, 9), row("b", [80], 0.1, 9))
    by_row = np.array(hits(90)) - np.array(hits(80))
    assert found.margin == pytest.approx(2 * by_row.std(ddof=1) / np.sqrt(N))
    assert found.spread is None and found.claimed


def test_only_seeds_that_both_have_are_compared() -> None:
    a, b = row("a", [90, 90, 90], 0.1, 9), row("b", [10, 80, 80], 0.1, 9)
    b.records[0]["test"], b.records[0]["hits"] = {}, None
    assert difference(a, b).mean == pytest.approx(0.1)
    assert b.lost == 1 and b.validation == np.inf


def test_the_validation_rows_choose_and_not_the_held_out_rows() -> None:
    found = claims(row("chosen", [90, 90], 0.1, 50), row("lucky", [97, 97], 0.2, 60))
    assert found.lead.label == "chosen"
    assert found.sentences()[0] == (
        "The validation rows choose chosen; on 100 held-out rows, which chose nothing, it has accuracy 0.900 ± 0.000, "
        "2 seeds."
    )
    assert any(text.startswith("It is behind lucky (0.070) by more than") for text in found.sentences())


def test_without_validation_the_held_out_rows_choose_and_it_is_said() -> None:
    found = claims(row("a", [90, 90], None, 50), row("b", [97, 97], None, 60))
    assert found.lead.label == "b"
    assert "There were no validation rows to choose by" in found.sentences()[0]


def test_the_simplest_is_chosen_among_those_that_cannot_be_told_from_the_best() -> None:
    found = claims(row("large", [95, 95], 0.1, 600), row("small", [94, 95], 0.2, 50), row("poor", [60, 60], 0.3, 5))
    assert [r.label for r in found.equals] == ["large", "small"]
    assert found.simplest.label == "small"
    said = found.sentences()
    assert "It is ahead of poor (0.350) by more than the spread between seeds and what chance" in said[1]
    assert said[2] == "It cannot be told from small."
    assert said[3] == "The simplest of these is small, with 50 parameters instead of 600."
    assert said[4].startswith("The network large beats logistic regression: accuracy 0.950 against 0.800.")
    assert said[5] == "So does small: accuracy 0.945 ± 0.007."
    assert said[6] == "Not ahead of logistic regression (0.800) by more than chance explains: poor."


def test_nothing_to_tell_apart() -> None:
    found = claims(row("a", [90, 91], 0.1, 50), row("b", [91, 90], 0.2, 60))
    assert found.sentences()[1] == (
        "No difference to the other one is larger than the spread between seeds and what chance in the held-out rows "
        "explains: they cannot be told apart."
    )
    assert found.sentences()[2] == "It is also the simplest of these, with 50 parameters."


def test_a_network_that_does_not_beat_the_line_is_told_so() -> None:
    said = claims(row("a", [78, 79], 0.1, 50)).sentences()
    assert any(text.startswith("The network a does not beat logistic regression: ") for text in said)
    assert any(text.startswith("The network a does not beat a decision tree: ") for text in said)
    assert not any("most frequent" in text for text in said), "that it does beat"


def test_of_one_seed_nothing_is_known_of_seeds() -> None:
    said = claims(row("a", [95], 0.1, 50), row("b", [60], 0.2, 60)).sentences()
    assert said[1] == "It is ahead of b (0.350) by more than what chance in the held-out rows explains."
    assert said[-1].startswith("How much the seed matters is not known")


def test_long_lists_are_cut() -> None:
    many = [row(f"n{i}", [60, 60], 0.2 + i, 50 + i) for i in range(7)]
    assert "n0 (0.350), n1 (0.350), n2 (0.350) and 4 others" in claims(row("a", [95, 95], 0.1, 9), *many).sentences()[1]


def test_rows_sum_up_their_records() -> None:
    one = row("a", [90, 80, 70], 0.25, 50)
    assert one.score("accuracy")["mean"] == pytest.approx(0.8) and one.score("accuracy")["std"] == pytest.approx(0.1)
    assert one.best_epochs == (20, 10, 30)
    assert (one.parameters, one.seconds, one.validation, one.lost) == (50, 0.5, 0.25, 0)
    assert row("a", [90], 0.1, 9, stopped="diverged").lost == 1
