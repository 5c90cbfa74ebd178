"""Several networks on one split, beside simpler models."""

from __future__ import annotations

import dataclasses
import os
import signal
from typing import Any

import numpy as np
import pytest

from cutaway import data, experiments
from cutaway.data import Dataset, Standardizer
from cutaway.errors import DataError, UsageError
from cutaway.experiments.baselines import fit_baselines
from cutaway.experiments.parts import standardizer_for
from cutaway.experiments.scores import contributions, mean_and_spread, scores
from cutaway.experiments.words import cautions
from cutaway.train import Callback

FAST = experiments.Settings(seeds=2, epochs=5)


def test_networks_differ_in_their_seed_and_share_the_rows(moons_run: experiments.Run) -> None:
    assert [t.seed for t in moons_run.networks] == [0, 1]
    assert [len(part) for part in (moons_run.split.train, moons_run.split.validation, moons_run.split.test)] == [
        140,
        20,
        40,
    ]
    first, second = (t.network.params[0]["W"] for t in moons_run.networks)
    assert not np.array_equal(first, second)


def test_the_same_settings_give_the_same_bits() -> None:
    a, b = (experiments.train(data.load("iris"), FAST) for _ in range(2))
    assert a.network_scores == b.network_scores
    for p, q in zip(a.networks, b.networks, strict=True):
        assert np.array_equal(p.network.params[0]["W"], q.network.params[0]["W"])


def test_the_first_network_does_not_depend_on_how_many_follow() -> None:
    one, two = (experiments.train(data.load("iris"), experiments.Settings(seeds=n, epochs=5)) for n in (1, 2))
    assert one.networks[0].scores == two.networks[0].scores


def test_features_are_standardised_by_the_training_rows_alone(moons_run: experiments.Run) -> None:
    expected = Standardizer.fit(moons_run.split.train.X)
    assert np.array_equal(moons_run.standardizer.mean, expected.mean)
    assert np.array_equal(moons_run.standardizer.scale, expected.scale)


def test_pixels_share_one_mean_and_one_scale() -> None:
    digits = data.load("digits")
    found = standardizer_for(digits)
    assert np.allclose(found.mean, digits.X.mean())
    assert np.allclose(found.scale, digits.X.std())


def test_the_network_beats_the_line_on_moons() -> None:
    run = experiments.train(data.load("moons"), experiments.Settings(layers=(16, 32), seeds=3))
    assert run.comparisons[0].verdict == "better"
    assert run.sentences[0].startswith("The network beats logistic regression")
    assert len(run.sentences) == 2  # of the constant answer nothing is said, as it was beaten


def test_digits_reach_97_percent() -> None:
    run = experiments.train(data.load("digits"))
    assert run.network_scores["accuracy"]["mean"] >= 0.97
    assert len(run.network_scores["accuracy"]["values"]) == 3


def test_a_network_that_learned_nothing_is_told_so() -> None:
    rng = np.random.default_rng(0)
    coin = Dataset("coin", rng.normal(size=(120, 3)), rng.integers(0, 2, 120), "binary", ("a", "b", "c"), ("no", "yes"))
    said = " ".join(experiments.train(coin, FAST).sentences)
    assert "does not beat always naming the most frequent class" in said or "cannot be told apart" in said


def test_one_network_has_no_spread_and_says_so() -> None:
    run = experiments.train(data.load("iris"), experiments.Settings(seeds=1, epochs=5))
    assert run.network_scores["accuracy"]["std"] is None
    assert run.sentences[-1].startswith("How much the seed matters is not known")


def test_the_kept_network_is_the_best_on_the_validation_rows(moons_run: experiments.Run) -> None:
    best = min(moons_run.networks, key=lambda t: t.history["val_loss"].min())
    assert moons_run.kept is best
    assert best.history.best("val_loss")["epoch"] == best.best_epoch


def test_without_validation_rows_all_epochs_run_and_the_first_network_is_kept() -> None:
    run = experiments.train(data.load("iris"), experiments.Settings(seeds=2, epochs=5, validation=0))
    assert run.split.validation is None
    assert [len(t.history) for t in run.networks] == [5, 5]
    assert run.kept is run.networks[0]


def test_early_stopping_puts_the_best_weights_back() -> None:
    run = experiments.train(
        data.load("iris"), experiments.Settings(seeds=1, epochs=200, patience=3, lr=0.05, dropout=0)
    )
    trained = run.kept
    assert trained.history.stopped == "early stopping"
    assert run.split.validation is not None
    rows = run.standardizer.transform(run.split.validation.X)
    found = trained.network.evaluate(rows, run.split.validation.y)["loss"]
    assert found == pytest.approx(trained.history["val_loss"].min(), rel=1e-4)


def test_a_regression_answers_in_the_unit_of_its_target(diabetes_run: experiments.Run) -> None:
    y, predicted = diabetes_run.split.test.y, diabetes_run.kept.predicted
    assert abs(predicted.mean() - y.mean()) < y.std()
    assert diabetes_run.kept.scores["r2"] > 0.3
    assert np.allclose(diabetes_run.kept.network.predict(diabetes_run.test_rows), predicted)


def test_counts_are_not_standardised() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    counts = Dataset("counts", X, rng.poisson(np.exp(1 + X[:, 0])).astype(float), "regression", ("a", "b"))
    run = experiments.train(counts, experiments.Settings(seeds=1, loss="poisson", epochs=60))
    assert (run.kept.predicted > 0).all()
    assert run.kept.scores["r2"] > 0.5


def test_baselines_see_training_and_validation_rows(moons_run: experiments.Run) -> None:
    split = moons_run.split
    assert split.validation is not None
    X = moons_run.standardizer.transform(np.concatenate([split.train.X, split.validation.X]))
    again = fit_baselines(X, np.concatenate([split.train.y, split.validation.y]), "binary")
    for name, baseline in again.items():
        expected = scores("binary", split.test.y, baseline.predict(moons_run.test_rows))
        assert moons_run.baseline_scores[name] == expected


def test_a_baseline_that_does_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.experiments.baselines._MOST_ITERATIONS", 1)
    run = experiments.train(data.load("iris"), FAST)
    assert run.notes == ["The logistic regression had not converged after 1 iterations."]
    assert cautions(run) == run.notes


def test_large_data_are_fitted_with_fewer_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.experiments.baselines._MOST_WORK", 1)
    X, y = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 2
    assert fit_baselines(X, y, "binary")["logistic_regression"].model.max_iter == 40


def test_a_tree_on_large_data_sees_some_rows_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = np.random.default_rng(0).normal(size=(50, 3)), np.arange(50) % 2
    assert fit_baselines(X, y, "binary")["decision_tree"].note is None
    monkeypatch.setattr("cutaway.experiments.baselines._MOST_NUMBERS", 62)
    found = [fit_baselines(X, y, "binary", seed=seed)["decision_tree"] for seed in (0, 0, 1)]
    assert found[0].note == "The decision tree was fitted on 20 of the 50 rows, drawn at random, to save time."
    assert found[0].model.tree_.n_node_samples[0] == 20
    answers = [b.predict(X).tolist() for b in found]
    assert answers[0] == answers[1] != answers[2]


def test_images_stay_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.experiments.parts._AT_ONCE", 7)
    digits = data.load("digits")
    small = dataclasses.replace(digits.subset(np.arange(300)), X=digits.X[:300].astype(np.float32))
    run = experiments.train(small, FAST)
    assert run.test_rows.dtype == np.float32
    assert run.standardizer is not None
    expected = run.standardizer.transform(run.split.test.X)
    np.testing.assert_array_equal(run.test_rows, expected.astype(np.float32))


def test_equal_scores_have_no_spread() -> None:
    assert mean_and_spread([0.99, 0.99, 0.99]) == {"mean": 0.99, "std": 0.0, "values": [0.99, 0.99, 0.99]}


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_contributions_of_rows_add_up_to_the_score(task: str) -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 30) if task == "binary" else rng.normal(size=30)
    predicted = rng.integers(0, 2, 30) if task == "binary" else y + rng.normal(size=30)
    first = next(iter(scores(task, y, predicted).values()))
    assert contributions(task, y, predicted).mean() == pytest.approx(first)


def test_too_few_rows_are_refused() -> None:
    few = Dataset("few", np.eye(4), [0, 1, 0, 1], "binary", ("a", "b", "c", "d"), ("no", "yes"))
    with pytest.raises(DataError, match="too few rows"):
        experiments.train(few)


def test_listeners_hear_each_network() -> None:
    heard: list[tuple[int, int]] = []
    experiments.train(
        data.load("iris"),
        experiments.Settings(seeds=2, epochs=2),
        listeners=lambda number: [lambda record: heard.append((number, record["epoch"]))],
    )
    assert heard == [(0, 1), (0, 2), (1, 1), (1, 2)]


def press_ctrl_c(at: tuple[int, int]) -> experiments.run.Listeners:
    """Listeners that interrupt the network with that number after that epoch."""

    def press(number: int, epoch: int) -> None:
        if (number, epoch) == at:
            os.kill(os.getpid(), signal.SIGINT)

    return lambda number: [lambda record: press(number, record["epoch"])]


def test_ctrl_c_in_the_second_network_leaves_the_first() -> None:
    run = experiments.train(data.load("iris"), experiments.Settings(seeds=3, epochs=8), listeners=press_ctrl_c((1, 3)))
    assert run.interrupted
    assert [t.seed for t in run.networks] == [0]
    assert [(t.seed, len(t.history)) for t in run.left_out] == [(1, 3)]
    assert cautions(run) == ["Interrupted: 1 of 3 networks had been trained, and one in training does not count."]


def test_ctrl_c_in_the_first_network_measures_it_as_it_is() -> None:
    run = experiments.train(data.load("iris"), experiments.Settings(seeds=3, epochs=8), listeners=press_ctrl_c((0, 3)))
    assert [(t.seed, len(t.history)) for t in run.networks] == [(0, 3)]
    assert run.left_out == []
    assert cautions(run) == [
        "Interrupted: 0 of 3 networks had been trained, and one in training is measured as it was."
    ]


def test_ctrl_c_before_an_epoch_is_over_leaves_nothing() -> None:
    class Press(Callback):
        def on_start(self, run: Any) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        experiments.train(data.load("iris"), FAST, listeners=lambda number: [Press()])


class Spoil(Callback):
    """Makes a network diverge in its first step."""

    def on_start(self, run: Any) -> None:
        run.network.params[0]["W"][...] = np.inf


def test_networks_that_diverge_do_not_count() -> None:
    run = experiments.train(data.load("moons"), FAST, listeners=lambda number: [Spoil()] if number == 0 else [])
    assert [t.seed for t in run.networks] == [1]
    assert [t.seed for t in run.left_out] == [0]
    (said,) = cautions(run)
    assert said.startswith("Seed 0 does not count: The loss became nan at step 1")


def test_if_all_diverge_there_is_no_run() -> None:
    with pytest.raises(UsageError, match=r"No network could be trained\. The loss became .* learning rate"):
        experiments.train(data.load("moons"), experiments.Settings(optimizer="sgd", lr=1e20))
