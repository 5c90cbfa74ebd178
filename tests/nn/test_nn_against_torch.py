"""Every activation, loss and normalisation gives PyTorch's numbers, in float64, to 1e-12."""

import numpy as np
import pytest

from cutaway.nn import ACTIVATIONS, LOSSES, BatchNorm, Dense, LayerNorm, huber

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.torch
F = torch.nn.functional

TORCH_ACTIVATIONS = {
    "identity": lambda z: z,
    "step": lambda z: (z > 0).to(z.dtype),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": lambda z: F.softplus(z, threshold=100),  # PyTorch is linear from there on, by default from 20
    "softmax": lambda z: F.softmax(z, dim=-1),
}


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-12)


def test_every_activation_has_its_twin():
    assert set(TORCH_ACTIVATIONS) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    z = np.concatenate([np.linspace(-30, 30, 601), [0.0, -700.0, 700.0, -1e4, 1e4]]).reshape(6, 101)
    close(ACTIVATIONS[name](z), TORCH_ACTIVATIONS[name](torch.from_numpy(z)))


RNG = np.random.default_rng(0)
Z = 3 * RNG.normal(size=(40, 4))
YES_OR_NO = RNG.integers(2, size=(40, 4)).astype(float)
SOFT = RNG.random((40, 4))
CLASSES = RNG.integers(4, size=40)
NUMBERS = 2 * RNG.normal(size=(40, 4))
COUNTS = RNG.poisson(2.0, size=(40, 4)).astype(float)


def rows(losses):
    """PyTorch's losses of single outputs, averaged over the outputs of each row."""
    return losses.mean(dim=1) if losses.ndim == 2 else losses


TORCH_LOSSES = {
    "binary_cross_entropy": [
        (t, 1 / (1 + np.exp(-Z)), lambda t, y: F.binary_cross_entropy(y, t, reduction="none"))
        for t in (YES_OR_NO, SOFT)
    ],
    "binary_cross_entropy_from_logits": [
        (t, 10 * Z, lambda t, y: F.binary_cross_entropy_with_logits(y, t, reduction="none")) for t in (YES_OR_NO, SOFT)
    ],
    "categorical_cross_entropy": [
        (
            CLASSES,
            np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True),
            lambda t, y: F.nll_loss(torch.log(y), t, reduction="none"),
        )
    ],
    "categorical_cross_entropy_from_logits": [
        (CLASSES, 10 * Z, lambda t, y: F.cross_entropy(y, t, reduction="none")),
        (SOFT / SOFT.sum(axis=1, keepdims=True), Z, lambda t, y: F.cross_entropy(y, t, reduction="none")),
    ],
    "mean_squared_error": [(NUMBERS, Z, lambda t, y: F.mse_loss(y, t, reduction="none"))],
    "mean_absolute_error": [(NUMBERS, Z, lambda t, y: F.l1_loss(y, t, reduction="none"))],
    "huber": [(NUMBERS, Z, lambda t, y: F.huber_loss(y, t, reduction="none"))],
    "poisson": [(COUNTS, np.exp(Z), lambda t, y: F.poisson_nll_loss(y, t, log_input=False, eps=0.0, reduction="none"))],
}


def test_every_loss_has_its_twin():
    assert set(TORCH_LOSSES) == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_loss(name):
    for targets, outputs, twin in TORCH_LOSSES[name]:
        theirs = rows(twin(torch.from_numpy(targets), torch.from_numpy(outputs)))
        close(LOSSES[name](targets, outputs), theirs)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
def test_huber(delta):
    theirs = F.huber_loss(torch.from_numpy(Z), torch.from_numpy(NUMBERS), delta=delta, reduction="none")
    close(huber(delta)(NUMBERS, Z), rows(theirs))


class Run:
    def __init__(self, training):
        self.training, self.updates = training, {}

    def update(self, name, value):
        self.updates[name] = value


@pytest.mark.parametrize(("momentum", "epsilon"), [(0.1, 1e-5), (0.3, 1e-3)])
def test_batch_norm_over_several_batches_then_predicting(momentum, epsilon):
    rng = np.random.default_rng(1)
    layer = BatchNorm(momentum, epsilon)
    weights = layer.build((4,), rng)
    p = {**weights.params, **weights.state, "gamma": rng.normal(size=4), "beta": rng.normal(size=4)}
    twin = torch.nn.BatchNorm1d(4, eps=epsilon, momentum=momentum, dtype=torch.float64)
    with torch.no_grad():
        twin.weight.copy_(torch.from_numpy(p["gamma"]))
        twin.bias.copy_(torch.from_numpy(p["beta"]))
    for n in (2, 7, 32):
        x, run = rng.normal(3.0, 2.0, size=(n, 4)), Run(training=True)
        close(layer.forward(p, x, run), twin(torch.from_numpy(x)))
        p |= run.updates
        close(p["mean"], twin.running_mean)
        close(p["variance"], twin.running_var)
    twin.eval()
    x = rng.normal(size=(5, 4))
    close(layer.forward(p, x, Run(training=False)), twin(torch.from_numpy(x)))


@pytest.mark.parametrize("shape", [(6,), (3, 6)])
@pytest.mark.parametrize("training", [True, False])
def test_layer_norm(shape, training):
    rng = np.random.default_rng(1)
    p = {"gamma": rng.normal(size=6), "beta": rng.normal(size=6)}
    twin = torch.nn.LayerNorm(6, dtype=torch.float64).train(training)
    with torch.no_grad():
        twin.weight.copy_(torch.from_numpy(p["gamma"]))
        twin.bias.copy_(torch.from_numpy(p["beta"]))
    x = rng.normal(2.0, 3.0, size=(5, *shape))
    close(LayerNorm().forward(p, x, Run(training)), twin(torch.from_numpy(x)))


def test_dense():
    rng = np.random.default_rng(1)
    layer = Dense(3, "gelu", weights=rng.normal(size=(4, 3)), bias=rng.normal(size=3))
    p = layer.build((4,), rng).params
    x = rng.normal(size=(5, 4))
    theirs = F.gelu(F.linear(torch.from_numpy(x), torch.from_numpy(p["W"].T), torch.from_numpy(p["b"])))
    close(layer.forward(p, x, Run(False)), theirs)
