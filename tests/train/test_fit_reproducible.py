"""The same seed gives the same bits, another seed others; a run that continues from a checkpoint ends with the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DataError, DataMissingError, UsageError
from cutaway.train.checkpoints import read_checkpoint

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 2))
YES = (X[:, 0] * X[:, 1] > 0).astype(int)

CASES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "full batch": ([ca.Dense(5, "tanh")], {}),
    "batches with a remainder": ([ca.Dense(5, "tanh")], {"batch_size": 7}),
    "row by row": ([ca.Dense(5, "tanh")], {"batch_size": 1}),
    "dropout": ([ca.Dense(5, "relu"), ca.Dropout(0.3), ca.Dense(4, "gelu"), ca.Dropout(0.3)], {}),
    "dropout in batches": ([ca.Dense(5, "relu"), ca.Dropout(0.3)], {"batch_size": 7}),
    "batch normalisation": ([ca.Dense(5), ca.BatchNorm(), ca.Activation("relu")], {"batch_size": 7}),
    "layer normalisation": ([ca.Dense(5), ca.LayerNorm(), ca.Activation("silu")], {"batch_size": 7}),
    "momentum": ([ca.Dense(5, "tanh")], {"batch_size": 7, "optimizer": ca.SGD(0.1, momentum=0.9, clip_norm=0.5)}),
    "rmsprop": ([ca.Dense(5, "tanh")], {"batch_size": 7, "optimizer": ca.RMSprop(0.01, momentum=0.5)}),
    "adamw": ([ca.Dense(5, "tanh")], {"batch_size": 7, "optimizer": ca.AdamW(0.01)}),
    "adagrad": ([ca.Dense(5, "tanh")], {"batch_size": 7, "optimizer": "adagrad"}),
    "a schedule": ([ca.Dense(5, "tanh")], {"batch_size": 7, "lr": ca.WarmUp(ca.Cosine(0.1), epochs=2)}),
    "one cycle": ([ca.Dense(5, "tanh")], {"batch_size": 7, "lr": ca.OneCycle(0.1)}),
    "rows held out": ([ca.Dense(5, "tanh")], {"batch_size": 7, "validation": 0.2}),
    "weights of rows": ([ca.Dense(5, "tanh")], {"batch_size": 7, "sample_weight": RNG.uniform(size=23)}),
    "in order": ([ca.Dense(5, "tanh")], {"batch_size": 7, "shuffle": False}),
}
CHANCE = ["batches with a remainder", "row by row", "dropout", "dropout in batches", "rows held out"]


def network(case: str, dtype: str = "float32", seed: int = 3) -> ca.Network:
    return ca.Network([*CASES[case][0], ca.Dense(1, "sigmoid")], seed=seed, dtype=dtype)


def fit(case: str, net: ca.Network, **how: Any) -> ca.History:
    return net.fit(X, YES, **{"epochs": 12, "progress": False, **CASES[case][1], **how})


def bits(net: ca.Network) -> bytes:
    return b"".join(a.tobytes() for part in (net.params, net.state) for layer in part for a in layer.values())


def records(history: ca.History) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k != "seconds"} for record in history]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_the_same_seed_gives_the_same_bits(case: str, dtype: str) -> None:
    one, two = network(case, dtype), network(case, dtype)
    first = fit(case, one)
    np.random.seed(5)  # what others draw is of no account
    second = fit(case, two)
    assert bits(one) == bits(two)
    assert records(first) == records(second)
    assert np.isfinite(first["loss"]).all() and first["loss"][-1] != first["loss"][0]


@pytest.mark.parametrize("case", CASES)
def test_another_seed_of_the_network_gives_others(case: str) -> None:
    one, two = network(case), network(case, seed=4)
    fit(case, one)
    fit(case, two)
    assert bits(one) != bits(two)


@pytest.mark.parametrize("case", CASES)
def test_another_seed_of_fit_gives_others_where_there_is_chance(case: str) -> None:
    one, two, three = network(case), network(case), network(case)
    fit(case, one, seed=3)
    fit(case, two, seed=4)
    fit(case, three)
    chance = CASES[case][1].get("batch_size") and case != "in order"
    assert (bits(one) != bits(two)) == bool(chance or case in CHANCE)
    assert bits(one) == bits(three), "by default it is the network's seed"


@pytest.mark.parametrize("seed", [2**32 - 1, 2**40, 2**63, 2**70])
def test_large_seeds(seed: int) -> None:
    for case in ("dropout in batches", "rows held out"):
        one, two = network(case, seed=seed), network(case, seed=seed)
        fit(case, one, epochs=2)
        fit(case, two, epochs=2)
        assert bits(one) == bits(two)


def test_dropout_draws_anew_in_each_step() -> None:
    """With a learning rate of 0 only the masks change the loss."""
    history = fit("dropout", network("dropout"), optimizer=ca.SGD(0.0))
    assert len(set(history["loss"].tolist())) == 12


# Checkpoints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_a_run_continues_to_the_same_bits(case: str, dtype: str, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    whole, broken, resumed = (network(case, dtype) for _ in range(3))
    expected = fit(case, whole)

    def crash(record: dict[str, Any]) -> None:
        if record["epoch"] == 8:
            raise RuntimeError("the power fails")

    with pytest.raises(RuntimeError):
        fit(case, broken, callbacks=[ca.Checkpoint(path, every=5), crash])
    assert read_checkpoint(path)[1]["epoch"] == 5
    history = fit(case, resumed, resume=path)
    assert bits(resumed) == bits(whole)
    assert records(history) == records(expected)
    assert history.stopped == "finished" and history.notes == expected.notes


def test_it_does_not_matter_what_the_network_was_before(tmp_path: Path) -> None:
    path, case = tmp_path / "run.safetensors", "momentum"
    whole, used = network(case), network(case)
    fit(case, whole, callbacks=ca.Checkpoint(path, every=100))
    fit(case, used, epochs=3)
    history = fit(case, used, resume=path)
    assert bits(used) == bits(whole) and len(history) == 12, "nothing is left to do"


def test_a_run_may_break_several_times(tmp_path: Path) -> None:
    path, case = tmp_path / "run.safetensors", "dropout in batches"
    whole, net = network(case), network(case)
    fit(case, whole)
    for stop in (2, 3, 7):
        resume = path if path.exists() else None
        history = fit(
            case, net, resume=resume, callbacks=[ca.Checkpoint(path), lambda r, stop=stop: r["epoch"] == stop]
        )
        assert len(history) == stop and history.stopped == "early stopping"
        net = network(case)
    fit(case, net, resume=path)
    assert bits(net) == bits(whole)


def test_callbacks_continue_too(tmp_path: Path) -> None:
    path, case = tmp_path / "run.safetensors", "rows held out"

    def listeners() -> list[Any]:
        return [
            ca.EarlyStopping("val_loss", patience=3, min_delta=1.0, restore_best=False),
            ca.Checkpoint(path, keep_best="val_loss"),
        ]

    whole, net = network(case), network(case)
    expected = fit(case, whole, epochs=40, callbacks=listeners())
    assert (len(expected), expected.stopped) == (4, "early stopping")
    fit(case, net, epochs=40, callbacks=[*listeners(), lambda r: r["epoch"] == 2])
    net = network(case)
    history = fit(case, net, epochs=40, resume=path, callbacks=listeners())
    assert bits(net) == bits(whole)
    assert records(history) == records(expected)
    best = read_checkpoint(tmp_path / "run.best.safetensors")[1]["epoch"]
    assert best == expected.best("val_loss")["epoch"]


def test_longer_training_with_a_constant_rate_goes_on(tmp_path: Path) -> None:
    path, case = tmp_path / "run.safetensors", "adamw"
    whole, net = network(case), network(case)
    fit(case, whole, epochs=20)
    fit(case, net, epochs=12, callbacks=ca.Checkpoint(path))
    other = network(case)
    fit(case, other, epochs=20, resume=path)
    assert bits(other) == bits(whole)


OTHERS: dict[str, tuple[dict[str, Any], str]] = {
    "rows": ({"X": X[1:], "y": YES[1:]}, "rows: 23 there, 22 here"),
    "batch_size": ({"batch_size": 8}, "batch_size: 7 there, 8 here"),
    "shuffle": ({"shuffle": False}, "shuffle: True there, False here"),
    "seed": ({"seed": 9}, "seed: 3 there, 9 here"),
    "loss": ({"loss": "mean_squared_error"}, "loss: binary_cross_entropy there, mean_squared_error here"),
    "optimizer": ({"optimizer": "adam"}, "optimizer: {'name': 'sgd', "),
    "dtype": ({"dtype": "float64"}, "dtype: float32 there, float64 here"),
    "network": ({"units": 6}, "network: (Dense(5, 'tanh'), Dense(1, 'sigmoid')) there, (Dense(6, 'tanh'), "),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_other_settings_is_refused(other: str, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    changes, received = OTHERS[other]

    def run(dtype: str = "float32", units: int = 5, X: Array = X, y: Array = YES, **how: Any) -> ca.Network:
        net = ca.Network([ca.Dense(units, "tanh"), ca.Dense(1, "sigmoid")], seed=3, dtype=dtype)
        net.fit(X, y, **{"optimizer": "sgd", "batch_size": 7, "epochs": 2, "progress": False, **how})
        return net

    run(callbacks=ca.Checkpoint(path))
    with pytest.raises(UsageError) as caught:
        run(resume=path, **changes)
    assert str(caught.value).startswith(f"{path} belongs to a run with other settings; received {received}")
    assert str(caught.value).endswith("Resume with the settings of that run, or start a new one.")


def test_files_that_are_no_checkpoint(tmp_path: Path) -> None:
    path, net = tmp_path / "net.safetensors", network("full batch")
    fit("full batch", net)
    net.save(path)
    with pytest.raises(DataError, match="is no checkpoint that this cutaway can read; received 'cutaway network 1'"):
        fit("full batch", net, resume=path)
    with pytest.raises(DataMissingError, match="The checkpoint is not there; received nowhere"):
        fit("full batch", net, resume="nowhere")
