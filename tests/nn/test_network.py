"""A network: how it is made, what it answers, how it shows itself."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import ShapeError, UsageError
from cutaway.nn import layered as module

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)
X = RNG.normal(size=(30, 2))
YES = (X[:, 0] + X[:, 1] > 0).astype(int)
LABELS = np.arange(30) % 3


def trained(y: Any, *last: Any, **how: Any) -> ca.Network:
    net = ca.Network([ca.Dense(5, "tanh"), *last], seed=1, dtype="float64")
    net.fit(X, y, epochs=3, progress=False, **how)
    return net


# Making -----------------------------------------------------------------------------------------------------------


def test_weights_are_made_for_the_data() -> None:
    net = ca.Network([ca.Dense(5, "relu"), ca.BatchNorm(), ca.Dense(3, "softmax")])
    assert (net.input_shape, net.params, net.state) == (None, [], [])
    net.build(2)
    assert net.input_shape == (2,) and net.output_shape == (3,)
    shapes = [{name: a.shape for name, a in layer.items()} for layer in net.params]
    assert shapes == [{"W": (2, 5), "b": (5,)}, {"gamma": (5,), "beta": (5,)}, {"W": (5, 3), "b": (3,)}]
    assert [list(layer) for layer in net.state] == [[], ["mean", "variance"], []]
    assert net.n_params == 2 * 5 + 5 + 5 + 5 + 5 * 3 + 3


def test_input_shapes() -> None:
    layers = [ca.Flatten(), ca.Dense(3)]
    for shape in ((4, 4), [4, 4], (np.int64(4), 4)):
        assert ca.Network(layers).build(shape).params[1]["W"].shape == (16, 3)  # type: ignore[arg-type]
    assert ca.Network([ca.Dense(3)]).build(np.int64(4)).input_shape == (4,)  # type: ignore[arg-type]


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.dtype("float64")])
def test_the_seed_gives_the_weights_in_either_precision(dtype: Any) -> None:
    def first(seed: int, dtype: Any = dtype) -> Array:
        net = ca.Network([ca.Dense(5, "relu")], seed=seed, dtype=dtype).build(2)
        assert net.params[0]["W"].dtype == np.dtype(dtype)
        return net.params[0]["W"]

    np.testing.assert_array_equal(first(1), first(1))
    assert not np.array_equal(first(1), first(2))
    np.testing.assert_array_equal(first(1).astype("float32"), first(1, "float32"))


def test_layers_may_come_as_any_iterable_and_are_kept() -> None:
    net = ca.Network(ca.Dense(n) for n in (4, 2))
    assert net.layers == (ca.Dense(4), ca.Dense(2))
    shared = [ca.Dense(4)]
    one, two = ca.Network(shared, seed=1).build(2), ca.Network(shared, seed=2).build(2)
    assert not np.array_equal(one.params[0]["W"], two.params[0]["W"]), "layers hold no weights"


def test_building_again_starts_anew() -> None:
    net = ca.Network([ca.Dense(1)], seed=3).build(2)
    first = net.params[0]["W"].copy()
    net.fit(X, X[:, 0], epochs=3, progress=False)
    net.build(2)
    np.testing.assert_array_equal(net.params[0]["W"], first)


# Answers ----------------------------------------------------------------------------------------------------------


def test_outputs_are_those_of_the_formula() -> None:
    net = trained(LABELS, ca.Dense(3, "softmax"))
    (first, last) = net.params
    z = np.tanh(X @ first["W"] + first["b"]) @ last["W"] + last["b"]
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net(X), expected, rtol=1e-12)
    np.testing.assert_array_equal(net(X.tolist()), net(X))


def test_one_sigmoid() -> None:
    net = trained(YES, ca.Dense(1, "sigmoid"))
    assert net(X).shape == (30, 1)
    labels, p = net.predict(X), net.predict_proba(X)
    assert (labels.dtype, labels.shape, p.shape) == (np.int64, (30,), (30, 2))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(labels, p.argmax(axis=1))
    np.testing.assert_array_equal(labels, (net(X)[:, 0] > 0.5).astype(int))


def test_one_logit() -> None:
    net = trained(YES, ca.Dense(1))
    p = net.predict_proba(X)
    np.testing.assert_allclose(p[:, 1], 1 / (1 + np.exp(-net(X)[:, 0])), rtol=1e-12)
    np.testing.assert_array_equal(net.predict(X), p.argmax(axis=1))


@pytest.mark.parametrize("activation", ["softmax", "identity"])
def test_several_classes(activation: str) -> None:
    net = trained(LABELS, ca.Dense(3, activation))
    labels, p = net.predict(X), net.predict_proba(X)
    assert (labels.dtype, labels.shape, p.shape) == (np.int64, (30,), (30, 3))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(labels, p.argmax(axis=1))


def test_one_hot_targets_give_labels() -> None:
    net, same = trained(np.eye(3)[LABELS], ca.Dense(3, "softmax")), trained(LABELS, ca.Dense(3, "softmax"))
    np.testing.assert_array_equal(net(X), same(X))
    assert net.predict(X).shape == (30,)


def test_several_labels_at_once() -> None:
    net = trained((X > 0).astype(int), ca.Dense(2, "sigmoid"))
    labels, p = net.predict(X), net.predict_proba(X)
    assert (labels.dtype, labels.shape, p.shape) == (np.int64, (30, 2), (30, 2))
    np.testing.assert_array_equal(labels, p > 0.5)


def test_numbers() -> None:
    for y in (X[:, 0], X[:, :1]):
        net = trained(y, ca.Dense(1))
        assert (net.predict(X).shape, net(X).shape) == ((30,), (30, 1))
    assert trained(X, ca.Dense(2)).predict(X).shape == (30, 2)
    with pytest.raises(UsageError, match="are numbers, not probabilities"):
        net.predict_proba(X)


def test_evaluation() -> None:
    net = trained(YES, ca.Dense(1, "sigmoid"))
    p = net(X)[:, 0]
    found = net.evaluate(X, YES)
    assert list(found) == ["loss", "accuracy"]
    assert found["loss"] == pytest.approx(-np.mean(YES * np.log(p) + (1 - YES) * np.log(1 - p)), rel=1e-12)
    assert found["accuracy"] == np.mean((p > 0.5) == YES)
    assert all(type(value) is float for value in found.values())
    assert net.evaluate(X, YES, metrics="recall")["recall"] == np.mean(p[YES == 1] > 0.5)
    assert list(net.evaluate(X, YES, metrics=())) == ["loss"]


def test_many_rows_go_through_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    net = trained(LABELS, ca.Dense(3, "softmax"))
    expected = net(X)
    monkeypatch.setattr(module, "_ROWS", 7)
    np.testing.assert_allclose(net(X), expected, rtol=1e-13)
    assert net.predict(X).shape == (30,)


def test_predicting_changes_nothing() -> None:
    net = ca.Network([ca.Dense(5), ca.BatchNorm(), ca.Dropout(0.5), ca.Dense(1, "sigmoid")])
    net.fit(X, YES, epochs=2, batch_size=10, progress=False)
    before = [a.copy() for part in (net.params, net.state) for layer in part for a in layer.values()]
    first, second = net.predict_proba(X), net.predict_proba(X)
    np.testing.assert_array_equal(first, second)
    after = [a for part in (net.params, net.state) for layer in part for a in layer.values()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_extreme_inputs_do_not_warn() -> None:
    net = trained(YES, ca.Dense(1, "sigmoid"))
    assert set(net.predict(1e6 * X)) <= {0, 1}
    assert np.isfinite(net.predict_proba(1e6 * X)).all()


# Before training --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", [lambda n: n.predict(X), lambda n: n.predict_proba(X), lambda n: n.evaluate(X, YES)])
def test_random_weights_predict_nothing(ask: Any) -> None:
    net = ca.Network([ca.Dense(3, "tanh"), ca.Dense(1, "sigmoid")])
    with pytest.raises(UsageError, match=r"The network was not trained, and its first weights are random"):
        ask(net)
    assert net.input_shape is None, "it may still be trained on other data"
    net.fit(np.ones((4, 3)), [0, 1, 1, 0], epochs=1, progress=False)


def test_whoever_wants_random_weights_may_have_them() -> None:
    net = ca.Network([ca.Dense(1, "sigmoid")])
    assert net(X).shape == (30, 1)
    assert ca.Network([ca.Dense(1, "sigmoid")]).build(2).predict(X).shape == (30,)


def test_given_weights_need_no_training() -> None:
    """The gates and, or, and what they make together: exclusive or."""
    hidden = ca.Dense(2, "step", weights=[[1.0, 1.0], [1.0, 1.0]], bias=[-0.5, -1.5])
    net = ca.Network([hidden, ca.Dense(1, "sigmoid", weights=[[20.0], [-20.0]], bias=-10.0)])
    assert net.predict([[0, 0], [0, 1], [1, 0], [1, 1]]).tolist() == [0, 1, 1, 0]
    assert net.evaluate([[0, 0], [0, 1]], [0, 1])["accuracy"] == 1


@pytest.mark.parametrize("ask", [lambda n: n.n_params, lambda n: n.output_shape, lambda n: n.save("never")])
def test_what_is_not_known_before_the_data(ask: Any) -> None:
    with pytest.raises(UsageError, match=r"The network has no weights yet. Call net.fit\(X, y\), or net.build\("):
        ask(ca.Network([ca.Dense(1)]))


def test_a_failed_fit_leaves_the_choice_of_data_open() -> None:
    net = ca.Network([ca.Dense(1, "sigmoid")])
    with pytest.raises(ShapeError, match=r"Write X\.T"):
        net.fit(X.T, YES, progress=False)
    net.fit(X, YES, epochs=1, progress=False)


# Showing ----------------------------------------------------------------------------------------------------------


def test_the_repr_is_code() -> None:
    net = ca.Network([ca.Dense(5, "relu"), ca.Dropout(0.2), ca.Dense(3, "softmax")], seed=7, dtype="float64")
    again = eval(repr(net), {"Network": ca.Network, **vars(ca.nn)})
    assert repr(again) == repr(net)
    assert (again.layers, again.seed, again.dtype) == (net.layers, net.seed, net.dtype)


def test_the_summary_before_and_after_the_data() -> None:
    net = ca.Network([ca.Dense(16, "relu"), ca.BatchNorm(), ca.Dropout(0.2), ca.Dense(1, "sigmoid")], seed=3)
    assert net.summary().splitlines() == [
        "layer                output  parameters",
        "---------------------------------------",
        "Dense(16, 'relu')         ?           ?",
        "BatchNorm()               ?           ?",
        "Dropout(0.2)              ?           ?",
        "Dense(1, 'sigmoid')       ?           ?",
        "not built: input sizes come from the data; float32, seed 3",
    ]
    net.build(100)
    assert net.summary().splitlines() == [
        "layer                output  parameters",
        "---------------------------------------",
        "Dense(16, 'relu')        16       1,616",
        "BatchNorm()              16          32",
        "Dropout(0.2)             16           0",
        "Dense(1, 'sigmoid')       1          17",
        "1,665 parameters, input 100, float32, seed 3",
    ]


def test_images_in_the_summary() -> None:
    net = ca.Network([ca.Flatten(), ca.Dense(2)]).build((8, 8))
    assert "input 8 x 8" in net.summary()


def test_the_notebook_shows_a_table_with_escaped_names() -> None:
    net = ca.Network([ca.Dense(4, lambda z: z), ca.Dense(1)]).build(2)
    html = net._repr_html_()
    assert html.count("<tr>") == 3 and html.startswith("<table>")
    assert "&lt;lambda&gt;" in html and "<lambda>" not in html


def test_the_terminal_shows_a_table() -> None:
    from rich.console import Console

    console = Console(width=60, record=True, file=io.StringIO())
    console.print(ca.Network([ca.Dense(4, "relu"), ca.Dense(1)]).build(2))
    text = console.export_text()
    assert "Dense(4, 'relu')" in text and "17 parameters, input 2, float32, seed 0" in text
