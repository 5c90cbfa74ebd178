"""Settings choose what suits the data, and refuse what does not."""

from __future__ import annotations

import pytest

from cutaway import data
from cutaway.errors import UsageError
from cutaway.experiments import Settings
from cutaway.experiments.settings import SCHEDULES
from cutaway.train import SGD, Adam, Cosine, OneCycle


@pytest.mark.parametrize(
    ("name", "layers", "dropout", "loss"),
    [
        ("moons", (16, 32), 0.0, "binary_cross_entropy"),
        ("blobs", (16, 32), 0.0, "categorical_cross_entropy"),
        ("iris", (64,), 0.2, "categorical_cross_entropy"),
        ("diabetes", (64,), 0.2, "mean_squared_error"),
        ("digits", (256,), 0.5, "categorical_cross_entropy"),
    ],
)
def test_defaults_follow_the_data(name: str, layers: tuple[int, ...], dropout: float, loss: str) -> None:
    found = Settings().resolved(data.load(name))
    assert (found.layers, found.dropout, found.loss, found.lr) == (layers, dropout, loss, 0.003)


def test_what_was_chosen_stays() -> None:
    chosen = Settings(layers=(), dropout=0.3, lr=0.5, loss="binary_cross_entropy_from_logits", weight_decay=0.1)
    found = chosen.resolved(data.load("moons"))
    assert (found.layers, found.dropout, found.lr, found.loss, found.weight_decay) == (
        (),
        0.3,
        0.5,
        "binary_cross_entropy_from_logits",
        0.1,
    )


@pytest.mark.parametrize(
    ("loss", "last"),
    [
        (None, "Dense(1, 'sigmoid')"),
        ("binary_cross_entropy_from_logits", "Dense(1)"),
        ("categorical_cross_entropy", "Dense(2, 'softmax')"),
        ("categorical_cross_entropy_from_logits", "Dense(2)"),
    ],
)
def test_the_last_layer_gives_what_the_loss_reads(loss: str | None, last: str) -> None:
    network = Settings(layers=(4,), loss=loss).network(data.load("moons"), seed=0)
    assert [repr(layer) for layer in network.layers] == ["Dense(4, 'gelu')", last]


def test_counts_get_a_positive_output() -> None:
    layers = Settings(layers=(), loss="poisson").network(data.load("diabetes"), seed=0).layers
    assert repr(layers[-1]) == "Dense(1, 'softplus')"


def test_dropout_stands_after_each_hidden_layer() -> None:
    layers = Settings(layers=(8, 4), dropout=0.1).network(data.load("iris"), seed=0).layers
    assert [type(layer).__name__ for layer in layers] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]


def test_the_optimizer_has_the_rate_the_schedule_and_the_decay() -> None:
    assert Settings().rule() == Adam(0.003)
    assert Settings(optimizer="sgd").rule() == SGD()
    assert Settings(optimizer="sgd", lr=0.5, schedule="cosine", weight_decay=0.1).rule() == SGD(
        Cosine(0.5), weight_decay=0.1
    )
    assert Settings(schedule="onecycle", lr=0.02).rule() == Adam(OneCycle(0.02))
    assert set(SCHEDULES) == {"constant", "cosine", "onecycle"}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_resolving_twice_changes_nothing(schedule: str) -> None:
    once = Settings(optimizer="adamw", schedule=schedule).resolved(data.load("iris"))
    assert once.resolved(data.load("iris")) == once
    assert once.lr == 0.003
    assert once.weight_decay == 0.01


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"activation": "rellu"}, "Did you mean 'relu'"),
        ({"optimizer": "adm"}, "Did you mean 'adam'"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"),
        ({"loss": "mse"}, "loss is not known"),
        ({"dtype": "float16"}, "float32, float64"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"patience": 0}, "patience"),
        ({"seeds": 0}, "seeds"),
        ({"seed": -1}, "seed"),
        ({"batch_size": -1}, "batch_size"),
        ({"dropout": 1.0}, "dropout must"),
        ({"layers": (16, 0)}, "layers must be a whole number"),
        ({"lr": -1.0}, "lr of Adam"),
        ({"weight_decay": -1.0}, "weight_decay of Adam"),
    ],
)
def test_impossible_settings_are_refused_at_once(choice: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Settings(**choice)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "loss", "words"),
    [
        ("iris", "mean_squared_error", "one of 3 classes"),
        ("iris", "binary_cross_entropy", "categorical_cross_entropy"),
        ("diabetes", "binary_cross_entropy", "'progression', which is a number"),
        ("moons", "huber", "binary_cross_entropy"),
    ],
)
def test_a_loss_for_other_targets_is_refused(name: str, loss: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Settings(loss=loss).resolved(data.load(name))
