"""Convolution and pooling give PyTorch's values, gradients and training, in float64, to 1e-10."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.ops.convolve import max_pool, patches

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.torch
F = torch.nn.functional

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 9, 8, 3))
BLANK = np.round(np.maximum(RNG.normal(size=(4, 9, 8, 3)), 0), 0)  # of many equal entries, as real images are


def there(x: Any) -> Any:
    """Images as PyTorch has them: channels first."""
    return x.permute(0, 3, 1, 2)


def back(y: Any) -> Any:
    return y.permute(0, 2, 3, 1)


def leaves(*arrays: np.ndarray) -> list[Any]:
    return [torch.from_numpy(np.ascontiguousarray(a)).clone().requires_grad_() for a in arrays]


def compare(ours: Any, theirs: Any, *arrays: np.ndarray) -> None:
    """Value, gradient, and the derivative of the gradient in some direction."""
    mix, tensors = RNG.normal(size=ours(*arrays).shape), leaves(*arrays)
    y = theirs(*tensors)
    np.testing.assert_allclose(ours(*arrays), y.detach().numpy(), rtol=0, atol=1e-10)

    wrt, weights = tuple(range(len(arrays))), torch.from_numpy(mix)
    slopes = ca.grad(lambda *a: np.sum(mix * ours(*a) ** 2), wrt=wrt)(*arrays)
    gradients = torch.autograd.grad((weights * y**2).sum(), tensors, create_graph=True)
    for a, b in zip(slopes, gradients, strict=True):
        np.testing.assert_allclose(a, b.detach().numpy(), rtol=0, atol=1e-10)

    v = RNG.normal(size=arrays[0].shape)
    second = ca.hessian_vector_product(lambda x, *a: np.sum(mix * ours(x, *a) ** 2))(v, *arrays)
    expected = torch.autograd.grad((gradients[0] * torch.from_numpy(v)).sum(), tensors[0])[0].numpy()
    np.testing.assert_allclose(second, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("images", [X, BLANK], ids=["normal", "blank"])
@pytest.mark.parametrize(
    ("kernel", "stride", "padding"), [(3, 1, 0), ((3, 2), (2, 1), 0), (5, 1, 2), (3, 2, 1), (1, 1, 0)]
)
def test_convolution(images: np.ndarray, kernel: Any, stride: Any, padding: int) -> None:
    layer = ca.Conv2D(5, kernel, "tanh", stride=stride, padding=padding, bias="normal")
    start = layer.build(images.shape[1:], RNG).params

    def ours(x: Any, W: Any, b: Any) -> Any:
        return layer.forward({"W": W, "b": b}, x, None)  # type: ignore[arg-type]

    def theirs(x: Any, W: Any, b: Any) -> Any:
        return back(torch.tanh(F.conv2d(there(x), W.permute(3, 2, 0, 1), b, stride=stride, padding=padding)))

    compare(ours, theirs, images, start["W"], start["b"])


@pytest.mark.parametrize("kernel", [3, 5, (1, 3)])
def test_zeros_that_keep_the_size(kernel: Any) -> None:
    layer = ca.Conv2D(5, kernel, padding="same", bias=None)
    W = layer.build(X.shape[1:], RNG).params["W"]
    compare(
        lambda x, W: layer.forward({"W": W}, x, None),  # type: ignore[arg-type]
        lambda x, W: back(F.conv2d(there(x), W.permute(3, 2, 0, 1), padding="same")),
        X,
        W,
    )


@pytest.mark.parametrize("images", [X, BLANK], ids=["normal", "blank"])
@pytest.mark.parametrize(("size", "stride"), [(2, None), ((3, 2), None), (3, 2), ((2, 3), 1), (2, 3)])
def test_pooling(images: np.ndarray, size: Any, stride: Any) -> None:
    largest, mean = ca.MaxPool2D(size, stride), ca.AvgPool2D(size, stride)
    compare(lambda x: largest.forward({}, x, None), lambda x: back(F.max_pool2d(there(x), size, stride)), images)  # type: ignore[arg-type]
    compare(lambda x: mean.forward({}, x, None), lambda x: back(F.avg_pool2d(there(x), size, stride)), images)  # type: ignore[arg-type]


def test_the_mean_of_each_channel() -> None:
    compare(
        lambda x: ca.GlobalAveragePool().forward({}, x, None),  # type: ignore[arg-type]
        lambda x: F.adaptive_avg_pool2d(there(x), 1).flatten(1),
        X,
    )


def test_windows_of_images_are_unfolded_as_in_torch() -> None:
    x = X.T.copy()
    found = patches(x, axes=(2, 1), size=(3, 2), stride=(2, 1)).transpose(5, 2, 0, 1, 4, 3).reshape(4, 18, -1)
    expected = F.unfold(there(torch.from_numpy(X)), (3, 2), stride=(2, 1))
    np.testing.assert_array_equal(found, expected.numpy())
    pooled = max_pool(x, axes=(2, 1), size=(3, 2), stride=(2, 1)).T
    np.testing.assert_array_equal(pooled, back(F.max_pool2d(there(torch.from_numpy(X)), (3, 2), (2, 1))).numpy())


def test_a_small_lenet_is_trained_to_the_same_weights() -> None:
    """Twelve steps of Adam on images with blank margins."""
    nn = torch.nn
    images = np.zeros((48, 14, 14))
    images[:, 3:11, 2:12] = np.maximum(RNG.normal(size=(48, 8, 10)), 0)
    labels = RNG.integers(0, 10, 48)
    theirs = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.MaxPool2d(2), nn.Tanh(),
        nn.Conv2d(6, 8, 2), nn.ReLU(), nn.AvgPool2d(1), nn.Flatten(), nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 10),
    ).double()  # fmt: skip
    W = [(m.weight.detach().numpy().copy(), m.bias.detach().numpy().copy()) for m in theirs if hasattr(m, "weight")]
    start = [{"weights": w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T, "bias": b} for w, b in W]
    net = ca.Network(
        [
            ca.Conv2D(4, 3, "relu", padding="same", **start[0]),
            ca.MaxPool2D(2),
            ca.Conv2D(6, 3, **start[1]),
            ca.MaxPool2D(2),
            ca.Activation("tanh"),
            ca.Conv2D(8, 2, "relu", **start[2]),
            ca.AvgPool2D(1),
            ca.Flatten(),
            ca.Dense(12, "relu", **start[3]),
            ca.Dense(10, "softmax", **start[4]),
        ],
        dtype="float64",
    )
    history = net.fit(images, labels, optimizer=ca.Adam(0.01), epochs=4, batch_size=16, shuffle=False, progress=False)

    rule, losses = torch.optim.Adam(theirs.parameters(), 0.01), []
    for step in range(12):
        rows = slice(step % 3 * 16, step % 3 * 16 + 16)
        rule.zero_grad()
        x, t = torch.from_numpy(images[rows, None]), torch.from_numpy(labels[rows])
        loss = F.cross_entropy(theirs(x), t)
        loss.backward()
        rule.step()
        losses.append(loss.item())
    np.testing.assert_allclose(history["loss"], np.reshape(losses, (4, 3)).mean(axis=1), rtol=0, atol=1e-10)
    layers = [m for m in theirs if hasattr(m, "weight")]
    for ours, m in zip([p for p in net.params if p], layers, strict=True):
        w = m.weight.detach().numpy()
        np.testing.assert_allclose(ours["W"], w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.T, rtol=0, atol=1e-10)
        np.testing.assert_allclose(ours["b"], m.bias.detach().numpy(), rtol=0, atol=1e-10)
