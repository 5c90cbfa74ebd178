"""Networks trained together become what each becomes alone, to rounding; what ends one leaves the others be."""

from __future__ import annotations

import dataclasses
import signal
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import DivergenceWarning, ShapeError, UsageError
from cutaway.train.fit import prepared
from cutaway.train.many import _share, groups
from cutaway.train.stack import Stack

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
YES = (X[:, 0] * X[:, 1] > 0).astype(int)
KINDS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.3)
NUMBERS = X[:, 0] * X[:, 1] + X[:, 2]
K = 4


def networks(
    hidden: list[Any], last: Any = None, dtype: str = "float64", count: int = K, seed: int = 0
) -> list[ca.Network]:
    last = last or ca.Dense(1, "sigmoid")
    return [ca.Network([*hidden, last], seed=seed + i, dtype=dtype) for i in range(count)]


def numbers(net: ca.Network) -> Array:
    return np.concatenate([a.ravel() for part in (net.params, net.state) for layer in part for a in layer.values()])


def same(a: Any, b: Any, tolerance: float = 1e-12) -> None:
    """Equal up to rounding, measured against the largest number."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    assert a.shape == b.shape
    assert np.abs(a - b).max() <= tolerance * max(float(np.abs(b).max()), 1e-300)


def one_of(value: Any, i: int) -> Any:
    return value[i] if isinstance(value, list) else value


def check(make: Any, y: Array, how: dict[str, Any], tolerance: float = 1e-12) -> list[ca.History]:
    """Train together and alone, and compare everything."""
    together, alone = make(), make()
    each = how.pop("each", {})
    how = {"epochs": 60, "progress": False, **how}
    callbacks = how.pop("callbacks", None)
    histories = ca.fit_many(together, X, y, **how, **each, callbacks=callbacks)
    for i, net in enumerate(alone):
        own = {name: one_of(value, i) for name, value in each.items()}
        history = net.fit(X, y, **how, **own, callbacks=callbacks(i) if callbacks else (), engine="numpy")
        assert together[i].training == net.training
        assert (history.columns, len(history)) == (histories[i].columns, len(histories[i]))
        assert (history.stopped, history.notes) == (histories[i].stopped, histories[i].notes)
        for name in history.columns:
            if name != "seconds":
                same(histories[i][name], history[name], tolerance)
        same(numbers(together[i]), numbers(net), tolerance)
        assert together[i].loss == net.loss
    return histories


TANH = [ca.Dense(5, "tanh"), ca.Dense(4, "tanh")]
MINI: dict[str, Any] = {"batch_size": 16}
CASES: dict[str, tuple[Any, Array, dict[str, Any]]] = {
    "all rows": (lambda: networks(TANH), YES, {}),
    "batches with a remainder": (lambda: networks(TANH), YES, MINI),
    "rows in order": (lambda: networks(TANH), YES, MINI | {"shuffle": False}),
    "row by row": (lambda: networks(TANH), YES, {"batch_size": 1, "epochs": 2}),
    "rates": (lambda: networks(TANH), YES, MINI | {"each": {"lr": [0.05, 0.01, 0.001, 0.03]}}),
    "schedules": (
        lambda: networks(TANH),
        YES,
        MINI | {"each": {"lr": [ca.Cosine(0.03), 0.01, ca.OneCycle(0.02), ca.WarmUp(0.03, epochs=2)]}},
    ),
    "seeds of fit": (lambda: networks(TANH), YES, MINI | {"each": {"seed": [5, 5, 2**40, 7]}}),
    "equal seeds": (
        lambda: [*networks(TANH, count=2), *networks(TANH, count=2)],
        YES,
        MINI | {"each": {"lr": [0.05, 0.05, 0.01, 0.01]}},
    ),
    "momentum": (lambda: networks(TANH), YES, MINI | {"optimizer": ca.SGD(0.1, momentum=0.9, nesterov=True)}),
    "clipped by norm": (lambda: networks(TANH), YES, {"optimizer": ca.SGD(1.0, clip_norm=0.05)}),
    "penalties": (lambda: networks(TANH), YES, {"optimizer": ca.SGD(0.3, weight_decay=0.01, l1=0.001)}),
    "rmsprop": (lambda: networks(TANH), YES, MINI | {"optimizer": ca.RMSprop(0.01, momentum=0.5)}),
    "adam": (lambda: networks(TANH), YES, MINI | {"optimizer": ca.Adam(0.01)}),
    "adamw": (
        lambda: networks(TANH),
        YES,
        MINI | {"optimizer": ca.AdamW(0.01), "each": {"lr": [0.03, 0.01, 0.002, 0.001]}},
    ),
    "adagrad": (lambda: networks(TANH), YES, MINI | {"optimizer": "adagrad"}),
    "dropout": (
        lambda: networks([ca.Dense(8, "gelu"), ca.Dropout(0.3), ca.Dense(6, "relu"), ca.Dropout(0.2)]),
        YES,
        MINI | {"epochs": 30},
    ),
    "batch normalisation": (
        lambda: networks([ca.Dense(5), ca.BatchNorm(), ca.Activation("relu")]),
        YES,
        # not Adam: it would make much of the rounding in gradients that are 0, of biases before a normalisation
        MINI | {"validation": (X[:20], YES[:20]), "optimizer": "sgd"},
    ),
    "layer normalisation": (lambda: networks([ca.Dense(5, "tanh"), ca.LayerNorm()]), YES, MINI),
    "classes": (lambda: networks(TANH, ca.Dense(3, "softmax")), KINDS, MINI | {"validation": (X[:20], KINDS[:20])}),
    "one-hot rows": (lambda: networks(TANH, ca.Dense(3, "softmax")), np.eye(3)[KINDS], MINI),
    "numbers": (lambda: networks(TANH, ca.Dense(1)), NUMBERS, MINI | {"validation": (X[:20], NUMBERS[:20])}),
    "two numbers": (lambda: networks(TANH, ca.Dense(2)), np.c_[NUMBERS, X[:, 0]], {"loss": "huber"}),
    "a share held out": (lambda: networks(TANH), YES, {"validation": 0.25}),
    "a share held out, in batches": (lambda: networks(TANH), YES, MINI | {"validation": 0.25}),
    "rows held out": (lambda: networks(TANH), YES, MINI | {"validation": np.arange(15)}),
    "some rows": (lambda: networks(TANH), YES, MINI | {"rows": np.arange(10, 50)}),
    "weights of rows and classes": (
        lambda: networks(TANH),
        YES,
        MINI | {"sample_weight": RNG.uniform(size=60), "class_weight": "balanced"},
    ),
    "weights and a share": (lambda: networks(TANH), YES, {"sample_weight": RNG.uniform(size=60), "validation": 0.2}),
    "other metrics": (lambda: networks(TANH), YES, MINI | {"metrics": ["f1", "accuracy"]}),
    "a metric of two numbers": (lambda: networks(TANH, ca.Dense(2)), np.c_[NUMBERS, X[:, 0]], {"metrics": "r2"}),
    "no metrics": (lambda: networks(TANH), YES, {"metrics": ()}),
    "no hidden layer": (lambda: networks([]), YES, MINI),
    "other first weights": (
        lambda: [
            ca.Network([ca.Dense(5, "tanh", weights=w, bias=b), ca.Dense(1, "sigmoid")], seed=3, dtype="float64")
            for w, b in (
                ("he_normal", 0.1),
                ("orthogonal", "zeros"),
                (0.2, 0.0),
                (np.ones((3, 5)) * 0.1, np.arange(5) * 0.1),
            )
        ],
        YES,
        MINI,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_as_each_alone(case: str) -> None:
    make, y, how = CASES[case]
    runs = [prepared(net, X, y, **_settings(how, i)) for i, net in enumerate(make())]
    _share_all(runs)
    assert groups(runs) == [list(range(K))], "they are indeed trained together"
    check(make, y, dict(how))


def _share_all(runs: list[Any]) -> None:
    for i, run in enumerate(runs):
        _share(run, runs[:i])


def _settings(how: dict[str, Any], i: int) -> dict[str, Any]:
    """What `prepared` wants, all of it."""
    usual: dict[str, Any] = {
        **dict.fromkeys(("loss", "lr", "batch_size", "rows", "validation", "sample_weight", "class_weight", "metrics")),
        **{"optimizer": "adam", "epochs": 60, "shuffle": True, "seed": None, "engine": "auto"},
    }
    own = {name: one_of(value, i) for name, value in how.get("each", {}).items()}
    return usual | {k: v for k, v in how.items() if k != "each"} | own


@pytest.mark.parametrize("case", ["all rows", "batches with a remainder", "dropout", "classes", "numbers"])
def test_in_float32(case: str) -> None:
    make, y, how = CASES[case]
    last = {"classes": ca.Dense(3, "softmax"), "numbers": ca.Dense(1)}.get(case)
    hidden = make()[0].layers[:-1]
    check(lambda: networks(list(hidden), last, "float32"), y, {**how, "epochs": 5}, 2e-4)


def test_convolutions_and_embeddings_are_stacked() -> None:
    images = RNG.normal(size=(12, 6, 6, 1))
    tokens = RNG.integers(0, 7, (12, 4))
    y = np.arange(12) % 2
    for layers, data in (
        ([ca.Conv2D(3, 3, "relu"), ca.MaxPool2D(2), ca.Flatten()], images),
        ([ca.Embedding(7, 3), ca.GRU(4)], tokens),
        ([ca.Embedding(7, 4), ca.SelfAttention(2), ca.Flatten()], tokens),
    ):
        together, alone = networks(layers), networks(layers)
        histories = ca.fit_many(together, data, y, epochs=5, batch_size=5, progress=False)
        assert not any("Trained by itself" in note for history in histories for note in history.notes)
        for one, other in zip(together, alone, strict=True):
            other.fit(data, y, epochs=5, batch_size=5, progress=False)
            same(numbers(one), numbers(other), 1e-11)


def test_graph_networks_are_stacked() -> None:
    club = ca.data.load("karate")
    make = lambda: [  # noqa: E731
        ca.Network(
            [
                ca.GraphConv(4, adjacency=club.adjacency, activation="relu"),
                ca.GraphConv(1, adjacency=club.adjacency, activation="sigmoid"),
            ],
            seed=i,
            dtype="float64",
        )
        for i in range(3)
    ]
    together, alone = make(), make()
    how: dict[str, Any] = {"rows": club.train, "validation": club.test, "epochs": 30, "progress": False}
    for dense in (True, False):
        features = np.eye(34) if dense else club.X
        histories = ca.fit_many(together, features, club.y, **how)
        for net, history in zip(alone, histories, strict=True):
            expected = net.fit(features, club.y, **how)
            same(history["val_loss"], expected["val_loss"])
            assert history.notes == expected.notes


def test_what_cannot_be_stacked_is_trained_alone_and_says_why() -> None:
    def odd(targets: Array, outputs: Array) -> Array:
        return np.linalg.norm(outputs - targets, axis=-1) ** 2

    together, alone = networks(TANH, ca.Dense(1)), networks(TANH, ca.Dense(1))
    histories = ca.fit_many(together, X, NUMBERS, loss=odd, epochs=3, progress=False)
    for one, other, history in zip(together, alone, histories, strict=True):
        other.fit(X, NUMBERS, loss=odd, epochs=3, progress=False)
        np.testing.assert_array_equal(numbers(one), numbers(other))
        assert [n for n in history.notes if n.startswith("Trained by itself, not in a stack: linalg.norm")]


def test_groups_are_found_among_many() -> None:
    def run(net: ca.Network, **how: Any) -> Any:
        return prepared(net, X, YES, **_settings(how, 0))

    small = networks(TANH, count=2)
    wide = networks([ca.Dense(6, "tanh")], count=2, seed=5)
    relu = networks([ca.Dense(6, "relu")], count=1)
    single = networks(TANH, dtype="float32", count=1)
    no_bias = networks([ca.Dense(5, "tanh", bias=None), ca.Dense(4, "tanh")], count=1)
    runs = [run(net) for net in (small[0], wide[0], relu[0], small[1], single[0], wide[1], no_bias[0])]
    assert groups(runs) == [[0, 3], [1, 5], [2], [4], [6]]
    others = [
        run(networks(TANH)[0]),
        run(networks(TANH)[0], optimizer="sgd"),
        run(networks(TANH)[0], optimizer=ca.Adam(0.1, beta1=0.8)),
        run(networks(TANH)[0], lr=0.5),
        run(networks(TANH)[0], loss="mean_squared_error"),
        run(networks(TANH)[0], optimizer=ca.Adam(ca.Cosine(0.1))),
    ]
    assert groups(others) == [[0, 3, 5], [1], [2], [4]]


def test_a_stack_is_parted_by_the_work() -> None:
    """Large steps gain nothing from company, and memory has an end."""
    run = prepared(networks([ca.Dense(4000, "tanh")])[0], np.ones((500, 3)), np.arange(500) % 2, **_settings({}, 0))
    assert [len(part) for part in groups([run] * 9)] == [3, 3, 3]


def test_mixed_networks_end_as_alone() -> None:
    together = [
        *networks(TANH, count=2),
        *networks([ca.Dense(6, "relu")], count=2),
        *networks(TANH, dtype="float32", count=1),
    ]
    alone = [
        *networks(TANH, count=2),
        *networks([ca.Dense(6, "relu")], count=2),
        *networks(TANH, dtype="float32", count=1),
    ]
    ca.fit_many(together, X, YES, epochs=10, optimizer=["adam", "sgd", "adam", "adam", "sgd"], progress=False)
    for net, rule in zip(alone, ["adam", "sgd", "adam", "adam", "sgd"], strict=True):
        net.fit(X, YES, epochs=10, optimizer=rule, progress=False)
    for one, other in zip(together, alone, strict=True):
        same(numbers(one), numbers(other))
        assert one.predict(X).tolist() == other.predict(X).tolist()


# What ends a network ----------------------------------------------------------------------------------------------


def test_early_stopping_is_each_network_s_own() -> None:
    """Networks leave one by one; the stack is made anew when half of it is gone."""
    how: dict[str, Any] = {
        "each": {"lr": [0.001, 0.3, 0.1, 0.5]},
        "validation": (X[:20], 1 - YES[:20]),
        "epochs": 200,
        "callbacks": lambda i: [ca.EarlyStopping(patience=2 + 3 * i)],
        **MINI,
    }
    histories = check(lambda: networks(TANH), YES, how)
    assert len({len(history) for history in histories}) == K
    assert {history.stopped for history in histories} == {"early stopping"}


def test_the_rest_go_on_when_all_others_have_left() -> None:
    def listeners(i: int) -> Any:
        return lambda record: record["epoch"] == [3, 5, 7, 1000][i]

    histories = check(lambda: networks(TANH), YES, {"callbacks": listeners, **MINI})
    assert [len(history) for history in histories] == [3, 5, 7, 60]


def test_a_diverged_network_spoils_no_other() -> None:
    together, alone = networks(TANH, ca.Dense(1)), networks(TANH, ca.Dense(1))
    lrs = [0.01, 1e6, 0.02, 3e3]
    how: dict[str, Any] = {"epochs": 60, "batch_size": 16, "optimizer": "sgd", "progress": False}
    with pytest.warns(DivergenceWarning) as warned:
        histories = ca.fit_many(together, X, NUMBERS, lr=lrs, **how)
    assert {w.filename for w in warned} == {__file__}
    for net, history, lr in zip(alone, histories, lrs, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DivergenceWarning)
            expected = net.fit(X, NUMBERS, lr=lr, **how)
        assert (history.stopped, len(history)) == (expected.stopped, len(expected))
        assert [n.split("learning rate")[0] for n in history.notes] == [
            n.split("learning rate")[0] for n in expected.notes
        ]
    assert [history.stopped for history in histories] == ["finished", "diverged", "finished", "diverged"]
    for one, other, lr in zip(together, alone, lrs, strict=True):
        assert np.isfinite(numbers(one)).all()
        # of a network that falls apart, rounding is multiplied at each step
        same(numbers(one), numbers(other), 1e-12 if lr < 1 else 1e-3)


def test_a_late_divergence_is_undone_to_the_last_finite_weights() -> None:
    def steep(targets: Array, outputs: Array) -> Array:
        return np.exp((outputs - targets) ** 2)[:, 0]

    make = lambda: networks(TANH, ca.Dense(1))  # noqa: E731
    together, alone = make(), make()
    rates = [ca.Exponential(1e-4, 1.2), 1e-4, 1e-4, ca.Exponential(1e-4, 1.15)]
    how: dict[str, Any] = {"loss": steep, "epochs": 90, "optimizer": "sgd", "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        histories = ca.fit_many(together, X, NUMBERS, lr=rates, **how)
        expected = [net.fit(X, NUMBERS, lr=lr, **how) for net, lr in zip(alone, rates, strict=True)]
    assert [h.stopped for h in histories] == [h.stopped for h in expected]
    assert histories[0].stopped == "diverged" and len(histories[0]) > 20
    for i in (1, 2):
        same(numbers(together[i]), numbers(alone[i]))
    for net, history in zip(together, histories, strict=True):
        assert np.isfinite(numbers(net)).all() and np.isfinite(history["loss"]).all()


def test_weights_that_are_lost_before_the_loss_are_undone() -> None:
    """The root has no finite slope at 0: the loss is finite, the weights after the step are not."""

    def rooted(targets: Array, outputs: Array) -> Array:
        return (np.sqrt(np.maximum(outputs - 100.0, 0.0)) + (outputs - targets) ** 2)[:, 0]

    many = networks(TANH, ca.Dense(1))
    before = [numbers(net.build(3)) for net in many]
    with pytest.warns(DivergenceWarning, match="at step 2"):
        histories = ca.fit_many(many, X, NUMBERS, loss=rooted, epochs=5, progress=False)
    assert {history.stopped for history in histories} == {"diverged"}
    for net, start in zip(many, before, strict=True):
        np.testing.assert_array_equal(numbers(net), start)


def test_ctrl_c_keeps_what_there_is() -> None:
    many = networks(TANH)

    def interrupt(record: Any) -> None:
        if record["epoch"] == 3:
            signal.raise_signal(signal.SIGINT)

    histories = ca.fit_many(many, X, YES, epochs=50, progress=False, callbacks=lambda i: [interrupt] if i == 1 else [])
    assert {history.stopped for history in histories} == {"interrupted"}
    assert {len(history) for history in histories} == {3}
    assert all(np.isfinite(numbers(net)).all() for net in many)


def test_a_listener_s_error_goes_on_to_the_caller_and_all_hear_of_the_end() -> None:
    heard: list[str] = []

    class Ear(ca.Callback):
        def on_epoch(self, record: Any, run: Any) -> bool:
            if record["epoch"] == 2:
                raise RuntimeError("no more")
            return False

        def on_end(self, history: ca.History) -> None:
            heard.append(str(history.stopped))

    many = networks(TANH)
    with pytest.raises(RuntimeError, match="no more"):
        ca.fit_many(many, X, YES, epochs=5, progress=False, callbacks=lambda i: Ear())
    assert heard == ["interrupted"] * K
    assert np.isfinite(many[0](X)).all()


# Runs, as listeners see them --------------------------------------------------------------------------------------


def test_a_checkpoint_of_a_network_in_a_stack_goes_on_alone(tmp_path: Path) -> None:
    def listeners(i: int) -> list[Any]:
        return [ca.Checkpoint(tmp_path / f"{i}.safetensors", every=20), lambda record: record["epoch"] == 20]

    ca.fit_many(networks(TANH), X, YES, epochs=40, progress=False, callbacks=listeners, **MINI)
    whole, resumed = networks(TANH)[2], networks(TANH)[2]
    whole.fit(X, YES, epochs=40, progress=False, **MINI)
    history = resumed.fit(X, YES, epochs=40, progress=False, resume=tmp_path / "2.safetensors", **MINI)
    assert len(history) == 40
    same(numbers(resumed), numbers(whole))


def test_the_same_bits_twice_and_networks_go_on_from_their_weights() -> None:
    first, second = networks(TANH, dtype="float32"), networks(TANH, dtype="float32")
    for many in (first, second):
        for _ in range(2):
            ca.fit_many(many, X, YES, epochs=7, progress=False, **MINI)
    for one, other in zip(first, second, strict=True):
        assert numbers(one).tobytes() == numbers(other).tobytes()
    again = networks(TANH, dtype="float32")
    ca.fit_many(again, X, YES, epochs=7, progress=False, **MINI)
    assert numbers(again[0]).tobytes() != numbers(first[0]).tobytes()


def test_networks_own_their_weights_afterwards() -> None:
    many = networks(TANH)
    ca.fit_many(many, X, YES, epochs=2, progress=False)
    before = numbers(many[1]).copy()
    many[0].params[0]["W"][:] = 0.0
    np.testing.assert_array_equal(numbers(many[1]), before)
    root = many[0].params[0]["W"]
    while root.base is not None:
        root = root.base
    assert root.size == many[0].n_params, "the arrays of the whole stack are not held by one network"


def test_a_bar_hears_of_the_means() -> None:
    seen: list[Any] = []

    class Bar(ca.Callback):
        def on_start(self, run: Any) -> None:
            seen.append((run.epoch, run.epochs))

        def on_epoch(self, record: Any, run: Any) -> None:
            seen.append(record["loss"])

        def on_end(self, history: ca.History) -> None:
            seen.append(history.stopped)

    runs = [prepared(net, X, YES, **_settings({"epochs": 3}, 0)) for net in networks(TANH)]
    for run in runs[1:]:
        run.data = runs[0].data
    Stack(runs).go([[] for _ in runs], [Bar()])
    assert seen[0] == (0, 3) and seen[-1] == "finished" and len(seen) == 5
    assert seen[2] == pytest.approx(np.mean([run.history["loss"][1] for run in runs]))


def test_large_validation_data_are_evaluated_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cutaway.train.stacked._PART", 300)
    check(lambda: networks(TANH), YES, {"validation": (X[:37], YES[:37]), "epochs": 4})
    check(lambda: networks(TANH), YES, {"validation": 0.4, "epochs": 4})


# Mistakes ---------------------------------------------------------------------------------------------------------


def test_mistakes_are_told_before_anything_is_trained() -> None:
    many = networks(TANH, count=2)
    with pytest.raises(UsageError, match="takes networks"):
        ca.fit_many([], X, YES)
    with pytest.raises(UsageError, match="occurs twice"):
        ca.fit_many([many[0], many[0]], X, YES)
    with pytest.raises(ShapeError, match=r"lr must be one for all networks, or a list.* 3 for 2 networks"):
        ca.fit_many(many, X, YES, lr=[0.1, 0.2, 0.3])
    with pytest.raises(UsageError, match="engine"):
        ca.fit_many(many, X, YES, engine="steam")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="optimizer"):
        ca.fit_many(many, X, YES, optimizer=["adam", "adem"])


def test_settings_of_optimizers_stay_apart() -> None:
    """A learning rate is an input of the step, any other setting is a constant of it."""
    rules = [ca.SGD(0.1, momentum=0.9), ca.SGD(0.1, momentum=0.5), ca.SGD(0.2, momentum=0.9), ca.SGD(0.1)]
    check(lambda: networks(TANH), YES, {"each": {"optimizer": rules}, **MINI})
    assert dataclasses.replace(rules[0], lr=0.2) == rules[2]


def test_machine_code_is_for_one_network_after_the_other() -> None:
    pytest.importorskip("llvmlite", reason="llvmlite is not installed")
    together, alone = networks(TANH), networks(TANH)
    ca.fit_many(together, X, YES, epochs=20, engine="native", progress=False, **MINI)
    for one, other in zip(together, alone, strict=True):
        other.fit(X, YES, epochs=20, engine="numpy", progress=False, **MINI)
        same(numbers(one), numbers(other), 1e-9)
