"""Layers for sequences: shapes, what they compute, their gradients, and that they learn, are saved and resumed."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.interpreters.differentiate import gradient_graph
from cutaway.nn import GRU, LSTM, RNN, Embedding, SelfAttention, find_loss, one_hot
from cutaway.nn.forward import Forward

RECURRENT = [RNN(4), RNN(4, "relu", sequences=True), GRU(4), GRU(4, sequences=True), LSTM(4), LSTM(4, sequences=True)]
LAYERS = [*RECURRENT, SelfAttention(4), SelfAttention(6, 3, causal=True)]


class Run:
    training = True


def made(layer, shape, dtype=np.float64):
    weights = layer.build(shape, np.random.default_rng(0))
    return {name: array.astype(dtype) for name, array in weights.params.items()}


def sequences(n, steps, features=3, dtype=np.float64):
    return np.random.default_rng(1).normal(size=(n, steps, features)).astype(dtype)


# What they are -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_contract(layer, steps, dtype):
    p, x = made(layer, (steps, 3), dtype), sequences(5, steps, dtype=dtype)
    kept = x.copy(), {name: array.copy() for name, array in p.items()}
    y = layer.forward(p, x, Run())
    assert y.shape == (5, *layer.output_shape((steps, 3)))
    assert y.dtype == dtype
    assert np.array_equal(x, kept[0]), "the input was written to"
    assert all(np.array_equal(p[name], kept[1][name]) for name in p), "the weights were written to"


@pytest.mark.parametrize("layer", [*LAYERS, Embedding(5, 4)], ids=repr)
def test_weights_are_float64_and_follow_the_seed(layer):
    shape = (7,) if isinstance(layer, Embedding) else (7, 3)
    first, second = (layer.build(shape, np.random.default_rng(3)).params for _ in range(2))
    assert all(array.dtype == np.float64 for array in first.values())
    assert all(np.array_equal(first[name], second[name]) for name in first)
    other = layer.build(shape, np.random.default_rng(4)).params
    assert any(not np.array_equal(first[name], other[name]) for name in first)


def test_printed_as_the_code_that_makes_it():
    for layer in [*LAYERS, Embedding(5, 4)]:
        assert eval(repr(layer)) == layer
    assert repr(LSTM(8)) == "LSTM(8)"
    assert repr(RNN(8, "relu", sequences=True)) == "RNN(8, 'relu', sequences=True)"
    assert repr(SelfAttention(8, 2, causal=True)) == "SelfAttention(8, 2, causal=True)"


# What they compute ---------------------------------------------------------------------------------------------------


def test_embedding_looks_up_rows():
    E = np.arange(6.0).reshape(3, 2)
    assert Embedding(3, 2).forward({"E": E}, np.array([[2.0, 0.0]]), Run()).tolist() == [[[4, 5], [0, 1]]]


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, np.float64, object])
def test_codes_may_be_of_any_dtype(dtype):
    net = ca.Network([Embedding(200, 2), ca.Flatten()], dtype="float64")
    codes = np.array([[0, 7, 199], [3, 3, 128]])
    expected = net.build((3,)).params[0]["E"][codes].reshape(2, 6)
    assert np.array_equal(net(codes.astype(dtype)), expected)


def test_large_codes_are_exact_in_float32():
    net = ca.Network([Embedding(2**24, 1), ca.Flatten()])
    net.input_shape, net.state = (2,), [{}, {}]
    net.params = [{"E": np.arange(2**24, dtype=np.float32)[:, None]}, {}]
    codes = np.array([[2**24 - 1, 2**24 - 2]])
    assert np.array_equal(net(codes), codes)


def test_rnn_by_hand():
    p = {"W": np.array([[2.0]]), "U": np.array([[0.5]]), "b": np.array([1.0])}
    x = np.array([[[1.0], [-1.0], [3.0]]])
    assert RNN(1, "identity", sequences=True).forward(p, x, Run()).ravel().tolist() == [3.0, 0.5, 7.25]
    assert RNN(1, "identity").forward(p, x, Run()).tolist() == [[7.25]]


def test_lstm_with_open_gates_adds_up():
    p = {"W": np.array([[0.0, 0.0, 1.0, 0.0]]), "U": np.zeros((1, 4)), "b": np.array([50.0, 50.0, 0.0, 50.0])}
    x = np.array([[[0.3], [-0.2], [0.5]]])
    cell = np.tanh(x).sum()
    assert LSTM(1).forward(p, x, Run())[0, 0] == pytest.approx(np.tanh(cell), abs=1e-12)


def test_gru_with_a_closed_update_gate_keeps_its_start():
    p = {"W": np.ones((1, 3)), "U": np.ones((1, 3)), "b": np.array([0.0, 60.0, 0.0]), "b_n": np.zeros(1)}
    assert abs(GRU(1).forward(p, np.ones((1, 9, 1)), Run())[0, 0]) < 1e-12


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
def test_the_last_of_all_outputs_is_the_output(kind):
    p, x = made(kind(4), (7, 3)), sequences(5, 7)
    outputs = kind(4, sequences=True).forward(p, x, Run())
    assert np.array_equal(outputs[:, -1], kind(4).forward(p, x, Run()))
    assert np.array_equal(outputs[:, 2], kind(4).forward(p, x[:, :3], Run()))


def test_lstm_remembers_at_first():
    assert made(LSTM(3), (7, 2))["b"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
def test_each_block_of_recurrent_weights_starts_orthogonal(kind):
    U = made(kind(5), (7, 3))["U"]
    for block in np.split(U, kind.gates, axis=1):
        np.testing.assert_allclose(block.T @ block, np.eye(5), atol=1e-12)


def test_attention_to_nothing_in_particular_is_the_mean():
    p = made(SelfAttention(3), (7, 3))
    p["W"] = np.hstack([np.zeros((3, 6)), np.eye(3)])
    p["W_out"] = np.eye(3)
    x = sequences(5, 7)
    np.testing.assert_allclose(SelfAttention(3).forward(p, x, Run()), x.mean(axis=1, keepdims=True) + 0 * x, atol=1e-12)
    running = np.cumsum(x, axis=1) / np.arange(1, 8)[:, None]
    np.testing.assert_allclose(SelfAttention(3, causal=True).forward(p, x, Run()), running, atol=1e-12)


@pytest.mark.parametrize("layer", [SelfAttention(6, 2, causal=True), LSTM(4, sequences=True)], ids=repr)
def test_what_is_causal_does_not_see_what_comes_after(layer):
    p, x = made(layer, (7, 3)), sequences(5, 7)
    y = layer.forward(p, x, Run())
    x[:, 4:] += 1
    changed = layer.forward(p, x, Run())
    assert np.array_equal(y[:, :4], changed[:, :4])
    assert not np.isclose(y[:, 4:], changed[:, 4:]).all(axis=2).any()


def test_attention_knows_no_order():
    layer, order = SelfAttention(6, 2), np.array([3, 0, 6, 2, 5, 1, 4])
    p, x = made(layer, (7, 3)), sequences(5, 7)
    np.testing.assert_allclose(layer.forward(p, x[:, order], Run()), layer.forward(p, x, Run())[:, order], atol=1e-12)


# Gradients -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_gradients_are_the_finite_differences(layer):
    rng = np.random.default_rng(2)
    p = {name: a + rng.normal(scale=0.1, size=a.shape) for name, a in made(layer, (6, 3)).items()}
    p["x"] = sequences(5, 6)
    mix = rng.normal(size=(5, *layer.output_shape((6, 3))))

    def f(p):
        return (mix * layer.forward(p, p["x"], Run())).sum()

    gradient = ca.grad(f)(p)
    for _ in range(3):
        way = {name: rng.normal(size=a.shape) for name, a in p.items()}
        ahead, behind = (f({name: p[name] + h * way[name] for name in p}) for h in (1e-6, -1e-6))
        assert sum((gradient[name] * way[name]).sum() for name in p) == pytest.approx((ahead - behind) / 2e-6, rel=1e-6)


NETWORKS = [
    [Embedding(6, 3), RNN(5), ca.Dense(3, "softmax")],
    [Embedding(6, 3), GRU(5), ca.Dense(3, "softmax")],
    [Embedding(6, 3), LSTM(5), ca.Dense(3, "softmax")],
    [Embedding(6, 3), LSTM(4, sequences=True), ca.LayerNorm(), GRU(5), ca.Dense(3, "softmax")],
    [Embedding(6, 4), SelfAttention(4, 2), ca.LayerNorm(), ca.Flatten(), ca.Dense(3, "softmax")],
    [Embedding(6, 4), SelfAttention(6, 2, causal=True), RNN(3, sequences=True), ca.Flatten(), ca.Dense(3, "softmax")],
]


@pytest.mark.parametrize("layers", NETWORKS, ids=str)
def test_a_training_step_goes_down_the_gradient(layers):
    """The compiled step against the recorded gradient: both from one graph, but one is rewritten and has buffers."""
    rng = np.random.default_rng(4)
    codes, labels = rng.integers(6, size=(12, 7)), rng.integers(3, size=12)
    net = ca.Network(layers, dtype="float64").build((7,))
    start = [{name: a.copy() for name, a in p.items()} for p in net.params]

    def loss(params):
        y = Forward(training=False, dtype=np.float64).through(net.layers, params, net.state, codes.astype(float))
        return find_loss("categorical_cross_entropy")(one_hot(labels, 3), y).mean()

    gradient = ca.grad(loss)(start)
    net.fit(codes, labels, optimizer=ca.SGD(1.0), epochs=1, progress=False)
    for before, after, slope in zip(start, net.params, gradient, strict=True):
        for name in before:
            np.testing.assert_allclose(before[name] - after[name], slope[name], rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
def test_a_gradient_takes_memory_in_proportion_to_the_steps(kind):
    def size(steps):
        layer = kind(2)
        graph = gradient_graph(
            lambda p, x: layer.forward(p, x, Run()).sum(), made(layer, (steps, 3)), sequences(3, steps)
        )
        return sum(np.size(eqn.output.value) for eqn in graph.eqns), len(ca.simplify(graph).eqns)

    (numbers, equations), (twice_numbers, twice_equations) = size(32), size(64)
    assert twice_numbers < 2.3 * numbers
    assert twice_equations < 2.1 * equations


# Learning ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
def test_learns_the_parity_of_bits(kind):
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    net = ca.Network([kind(8), ca.Dense(1, "sigmoid")], seed=0)
    net.fit(bits[:, :, None], bits.sum(axis=1) % 2, optimizer=ca.Adam(0.03), epochs=300, progress=False)
    assert net.evaluate(bits[:, :, None], bits.sum(axis=1) % 2)["accuracy"] == 1


def test_rnn_learns_a_sum():
    x = sequences(300, 6, 1)
    net = ca.Network([RNN(8), ca.Dense(1)], seed=0)
    net.fit(0.3 * x[:200], x[:200].sum(axis=1), optimizer=ca.Adam(0.02), epochs=60, batch_size=20, progress=False)
    assert net.evaluate(0.3 * x[200:], x[200:].sum(axis=1))["r2"] > 0.98


def test_attention_learns_what_follows_the_mark():
    """Which code stands beside the largest one: each step must look for another one."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 6, 2))
    y = x[np.arange(600), x[:, :, 0].argmax(axis=1), 1]
    layers = [SelfAttention(16, 2), ca.Activation("gelu"), SelfAttention(8, 2), ca.Flatten(), ca.Dense(1)]
    net = ca.Network(layers, seed=0)
    net.fit(x[:500], y[:500], optimizer=ca.Adam(0.01), epochs=60, batch_size=25, progress=False)
    linear = np.linalg.lstsq(x[:500].reshape(500, -1), y[:500], rcond=None)[0]
    without = 1 - np.square(y[500:] - x[500:].reshape(100, -1) @ linear).mean() / y[500:].var()
    assert without < 0.3
    assert net.evaluate(x[500:], y[500:])["r2"] > 0.6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_embedding_and_lstm_learn_to_copy_what_came_first(dtype):
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=(400, 8))
    net = ca.Network([Embedding(4, 6), LSTM(12), ca.Dense(4, "softmax")], seed=0, dtype=dtype)
    net.fit(codes[:300], codes[:300, 0], optimizer=ca.Adam(0.02), epochs=40, batch_size=30, progress=False)
    assert net.params[1]["U"].dtype == dtype
    assert net.evaluate(codes[300:], codes[300:, 0])["accuracy"] > 0.97


@pytest.mark.parametrize("layers", NETWORKS, ids=str)
def test_saved_loaded_and_resumed_to_the_same_bits(layers, tmp_path):
    rng = np.random.default_rng(4)
    codes, labels = rng.integers(6, size=(20, 7)), rng.integers(3, size=20)

    def fit(epochs, **how):
        net = ca.Network(layers, seed=2)
        net.fit(codes, labels, epochs=epochs, batch_size=8, progress=False, **how)
        return net

    through = fit(4)
    fit(2, callbacks=[ca.Checkpoint(tmp_path / "run.safetensors")])
    resumed = fit(4, resume=tmp_path / "run.safetensors")
    assert np.array_equal(through(codes), resumed(codes))
    through.save(tmp_path / "net.safetensors")
    loaded = ca.Network.load(tmp_path / "net.safetensors")
    assert loaded.layers == through.layers
    assert np.array_equal(loaded(codes), through(codes))
