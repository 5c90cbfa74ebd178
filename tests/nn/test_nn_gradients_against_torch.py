"""Recorded and differentiated, every activation, loss and layer gives PyTorch's gradients, in float64, to 1e-12."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.nn import ACTIVATIONS, LOSSES, BatchNorm, Dense, Dropout, LayerNorm, align, one_hot

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.torch
F = torch.nn.functional

RNG = np.random.default_rng(0)
Z = np.concatenate([3 * RNG.normal(size=(9, 4)), [[0.0, -50.0, 50.0, 0.0]]])  # kinks and the far ends too
MIX = RNG.normal(size=Z.shape)

TORCH_ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": lambda z: F.softplus(z, threshold=100),
    "softmax": lambda z: F.softmax(z, dim=-1),
}


def torch_gradient(fn, *arrays):
    leaves = [torch.from_numpy(a).clone().requires_grad_() for a in arrays]
    fn(*leaves).backward()
    return [leaf.grad.numpy() for leaf in leaves]


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"step"}))
def test_activation(name):
    ours = ca.grad(lambda z: (MIX * ACTIVATIONS[name](z)).sum())(Z)
    close(ours, torch_gradient(lambda z: (torch.from_numpy(MIX) * TORCH_ACTIVATIONS[name](z)).sum(), Z)[0])


def test_step_has_no_slope():
    assert not ca.grad(lambda z: ACTIVATIONS["step"](z).sum())(Z).any()


BITS = RNG.integers(2, size=Z.shape).astype(float)
LABELS = RNG.integers(4, size=len(Z))
CLASSES = one_hot(LABELS, 4)
NUMBERS = RNG.normal(size=Z.shape)
COUNTS = RNG.poisson(2.0, size=Z.shape).astype(float)
MILD = np.clip(Z, -8, 8)
TORCH_LOSSES = {
    "binary_cross_entropy": (BITS, 1 / (1 + np.exp(-MILD)), lambda t, y: F.binary_cross_entropy(y, t)),
    "binary_cross_entropy_from_logits": (BITS, Z, lambda t, y: F.binary_cross_entropy_with_logits(y, t)),
    "categorical_cross_entropy": (
        CLASSES,
        np.exp(MILD) / np.exp(MILD).sum(axis=1, keepdims=True),
        lambda t, y: -(t * torch.log(y)).sum(dim=1).mean(),
    ),
    "categorical_cross_entropy_from_logits": (CLASSES, Z, lambda t, y: F.cross_entropy(y, t)),
    "mean_squared_error": (NUMBERS, Z, lambda t, y: F.mse_loss(y, t)),
    "mean_absolute_error": (NUMBERS, Z, lambda t, y: F.l1_loss(y, t)),
    "huber": (NUMBERS, Z, lambda t, y: F.huber_loss(y, t)),
    "poisson": (COUNTS, np.exp(MILD / 4), lambda t, y: F.poisson_nll_loss(y, t, log_input=False, eps=0.0)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name):
    targets, outputs, twin = TORCH_LOSSES[name]
    ours = ca.grad(lambda y: LOSSES[name](targets, y).mean())(outputs)
    close(ours, torch_gradient(lambda y: twin(torch.from_numpy(targets), y), outputs)[0])


def test_integer_labels_have_the_gradient_of_one_hot_rows():
    loss = LOSSES["categorical_cross_entropy_from_logits"]
    close(*(ca.grad(lambda z, t=t: loss(t, z).mean())(Z) for t in (LABELS, CLASSES)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_certain_and_wrong_has_a_finite_gradient(dtype):
    y = np.array([[0.0], [1.0], [0.5]], dtype)
    gradient = ca.grad(lambda y: LOSSES["binary_cross_entropy"](np.array([[1], [0], [1]], dtype), y).mean())(y)
    assert gradient.dtype == dtype
    assert np.isfinite(gradient).all()


class Run:
    training = True

    def __init__(self, draws=None):
        self.draws, self.updates = draws, {}

    def uniform(self, shape):
        return self.draws

    def update(self, name, value):
        self.updates[name] = value


def test_batch_norm():
    gamma, beta = RNG.normal(size=4), RNG.normal(size=4)
    state = {"mean": np.zeros(4), "variance": np.ones(4)}

    def ours(p):
        y = BatchNorm().forward({"gamma": p["gamma"], "beta": p["beta"], **state}, p["x"], Run())
        return (MIX * y).sum()

    gradient = ca.grad(ours)({"x": MILD, "gamma": gamma, "beta": beta})
    theirs = torch_gradient(
        lambda x, g, b: (torch.from_numpy(MIX) * F.batch_norm(x, None, None, g, b, training=True)).sum(),
        MILD,
        gamma,
        beta,
    )
    for name, twin in zip(("x", "gamma", "beta"), theirs, strict=True):
        close(gradient[name], twin)


def test_layer_norm():
    gamma, beta = RNG.normal(size=4), RNG.normal(size=4)
    gradient = ca.grad(lambda p: (MIX * LayerNorm().forward(p, p["x"], Run())).sum())(
        {"x": MILD, "gamma": gamma, "beta": beta}
    )
    theirs = torch_gradient(
        lambda x, g, b: (torch.from_numpy(MIX) * F.layer_norm(x, (4,), g, b)).sum(), MILD, gamma, beta
    )
    for name, twin in zip(("x", "gamma", "beta"), theirs, strict=True):
        close(gradient[name], twin)


def test_dropout_passes_gradients_where_it_passes_values():
    draws = RNG.random(Z.shape)
    gradient = ca.grad(lambda x: (MIX * Dropout(0.4).forward({}, x, Run(draws))).sum())(Z)
    close(gradient, np.where(draws >= 0.4, MIX / 0.6, 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_small_network_from_layers_to_loss(dtype):
    layers = [Dense(5, "tanh"), BatchNorm(), Dense(4, "relu"), LayerNorm(), Dense(1)]
    params, states, shape = [], [], (4,)
    for layer in layers:
        weights = layer.build(shape, RNG)
        params.append({name: w.astype(dtype) for name, w in weights.params.items()})
        states.append({name: w.astype(dtype) for name, w in weights.state.items()})
        shape = layer.output_shape(shape)
    X, y = MILD.astype(dtype), align(BITS[:, 0], (len(Z), 1), "binary_cross_entropy").astype(dtype)

    def loss(params):
        a = X
        for layer, p, state in zip(layers, params, states, strict=True):
            a = layer.forward({**p, **state}, a, Run())
        return LOSSES["binary_cross_entropy_from_logits"](y, a).mean()

    def twin(W1, b1, g1, h1, W2, b2, g2, h2, W3, b3):
        a = F.batch_norm(torch.tanh(torch.from_numpy(X) @ W1 + b1), None, None, g1, h1, training=True)
        a = F.layer_norm(F.relu(a @ W2 + b2), (4,), g2, h2)
        return F.binary_cross_entropy_with_logits(a @ W3 + b3, torch.from_numpy(y))

    value, gradients = ca.value_and_grad(loss)(params)
    flat = [w for p in params for w in p.values()]
    assert value == pytest.approx(float(twin(*map(torch.from_numpy, flat))), rel=1e-5)
    ours = [g for gradient in gradients for g in gradient.values()]
    tolerance = 1e-10 if dtype == np.float64 else 1e-4
    for g, t in zip(ours, torch_gradient(twin, *flat), strict=True):
        assert g.dtype == dtype
        np.testing.assert_allclose(g, t, rtol=tolerance, atol=tolerance)
