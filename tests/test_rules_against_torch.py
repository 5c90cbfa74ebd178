"""Gradients of first and second order against PyTorch, which knows nothing of these rules: also at kinks and ties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import cutaway as ca
from cutaway.ops import special

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

rng = np.random.default_rng(4)
A, B = rng.normal(size=(3, 4)), rng.normal(size=(4,))
P = np.abs(A) + 0.2
S = A[:, :3] @ A[:, :3].T + 2 * np.eye(3)
inner = np.tanh(A) * 0.8
zeros = np.array([[1.0, 0.0, 2.0, -1.0], [0.0, 3.0, 0.0, 1.0], [2.0, 1.0, -2.0, 0.5]])

SMOOTH: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...]]] = {
    **{name: (getattr(np, name), getattr(torch, name), (A,)) for name in ["exp", "sin", "cos", "sinh", "cosh", "tanh"]},
    **{name: (getattr(np, name), getattr(torch, name), (P,)) for name in ["log", "log2", "log10", "log1p", "sqrt"]},
    **{name: (getattr(np, name), getattr(torch, name), (inner,)) for name in ["tan", "arcsin", "arccos", "arctanh"]},
    **{
        name: (getattr(np, name), getattr(torch, name), (A,))
        for name in ["exp2", "expm1", "arctan", "arcsinh", "square"]
    },
    **{
        name: (getattr(np, name), getattr(torch, name), (A, B))
        for name in ["logaddexp", "logaddexp2", "hypot", "arctan2"]
    },
    "arccosh": (np.arccosh, torch.arccosh, (P + 1,)),
    "power": (lambda x, y: x**y, lambda x, y: x**y, (P, B)),
    "sinc": (np.sinc, torch.sinc, (A,)),
    "erf": (special.erf, torch.erf, (A,)),
    "sigmoid": (special.sigmoid, torch.sigmoid, (A,)),
    "softplus": (special.softplus, torch.nn.functional.softplus, (A,)),
    "softmax": (lambda x: special.softmax(x, 0), lambda x: torch.softmax(x, 0), (A,)),
    "log_softmax": (lambda x: special.log_softmax(x, 1), lambda x: torch.log_softmax(x, 1), (A,)),
    "logsumexp": (lambda x: special.logsumexp(x, 1), lambda x: torch.logsumexp(x, 1), (A,)),
    "matmul": (lambda x, y: x @ y, lambda x, y: x @ y, (A, A.T.copy())),
    "einsum": (
        lambda x, y: np.einsum("ij,kj,j->ik", x, x, y),
        lambda x, y: torch.einsum("ij,kj,j->ik", x, x, y),
        (A, B),
    ),
    "inv": (np.linalg.inv, torch.linalg.inv, (S,)),
    "det": (np.linalg.det, torch.linalg.det, (S,)),
    "slogdet": (lambda x: np.linalg.slogdet(x)[1], lambda x: torch.linalg.slogdet(x)[1], (S,)),
    "solve": (np.linalg.solve, torch.linalg.solve, (S, A)),
    "cholesky": (lambda x: np.linalg.cholesky(x + x.T), lambda x: torch.linalg.cholesky(x + x.T), (S,)),
    "norm": (lambda x: np.linalg.norm(x, axis=1), lambda x: torch.linalg.norm(x, dim=1), (A,)),
    "prod": (lambda x: np.prod(x, axis=1), lambda x: torch.prod(x, 1), (A,)),
    "prod with zeros": (lambda x: np.prod(x, axis=1), lambda x: torch.prod(x, 1), (zeros,)),
    "cumprod with zeros": (lambda x: np.cumprod(x, axis=1), lambda x: torch.cumprod(x, 1), (zeros,)),
    "cumsum": (lambda x: np.cumsum(x**2, axis=1), lambda x: torch.cumsum(x**2, 1), (A,)),
    "var": (lambda x: np.var(x, axis=0, ddof=1), lambda x: torch.var(x, 0), (A,)),
    "std": (lambda x: np.std(x, axis=0), lambda x: torch.std(x, 0, correction=0), (A,)),
    "sort": (lambda x: np.sort(x, axis=0) ** 2, lambda x: torch.sort(x, 0).values ** 2, (A,)),
    "quantile": (lambda x: np.quantile(x, 0.3, axis=0) ** 2, lambda x: torch.quantile(x, 0.3, dim=0) ** 2, (A,)),
    "gather": (lambda x: x[[0, 0, 2], [1, 1, 3]] ** 2, lambda x: x[[0, 0, 2], [1, 1, 3]] ** 2, (A,)),
}
KINKS = {
    "abs": (np.abs, torch.abs, (zeros,)),
    "relu": (lambda x: np.maximum(x, 0), torch.relu, (zeros,)),
    "maximum of arrays": (np.maximum, torch.maximum, (zeros, zeros[:1])),
    "minimum of arrays": (np.minimum, torch.minimum, (zeros, zeros[:1])),
    "clip": (lambda x: np.clip(x, 0, 2), lambda x: torch.clamp(x, 0, 2), (zeros,)),
    "clip below": (lambda x: np.clip(x, 0, None), lambda x: torch.clamp(x, min=0), (zeros,)),
    "max shares ties": (lambda x: np.max(x, axis=0), lambda x: torch.amax(x, 0), (np.round(zeros / 2),)),
    "min shares ties": (np.min, torch.amin, (zeros,)),
    "norm at 0": (np.linalg.norm, torch.linalg.norm, (np.zeros(3),)),
    "power at 0": (lambda x: x**2 + x**1 + x**0, lambda x: x**2 + x**1 + x**0, (zeros,)),
    "sign floor round": (
        lambda x: np.sign(x) * x + np.floor(x) * x + np.round(x) * x,
        lambda x: torch.sign(x) * x + torch.floor(x) * x + torch.round(x) * x,
        (A,),
    ),
}


def gradients(f: Callable[..., Any], args: tuple[Any, ...], weights: Any, directions: list[Any]) -> tuple[Any, Any]:
    """PyTorch's gradient of ``sum(weights * f)``, and the gradient of its product with ``directions``."""
    tensors = [torch.tensor(a, requires_grad=True) for a in args]
    value = (torch.tensor(weights) * f(*tensors)).sum()
    first = torch.autograd.grad(value, tensors, create_graph=True)
    along = sum((g * torch.tensor(v)).sum() for g, v in zip(first, directions, strict=True))
    second = torch.autograd.grad(along, tensors, allow_unused=True) if along.requires_grad else [None] * len(tensors)
    filled = [np.zeros(a.shape) if s is None else s.numpy(force=True) for s, a in zip(second, args, strict=True)]
    return [g.detach().numpy(force=True) for g in first], filled


@pytest.mark.parametrize("name", [*SMOOTH, *KINKS])
def test_first_and_second_order(name):
    ours, theirs, args = (SMOOTH | KINKS)[name]
    weights, directions = rng.normal(size=np.shape(ours(*args))), [rng.normal(size=np.shape(a)) for a in args]
    first, second = gradients(theirs, args, weights, directions)
    loss = lambda args: np.sum(weights * ours(*args))  # noqa: E731
    for found, expected in zip(ca.grad(loss)(list(args)), first, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    if name in SMOOTH:
        for found, expected in zip(ca.hessian_vector_product(loss)(directions, list(args)), second, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-10)


def network_in_numpy(p, X, y):
    hidden = np.maximum(X @ p["W1"] + p["b1"], 0)
    hidden = (hidden - hidden.mean(axis=0)) / np.sqrt(hidden.var(axis=0) + 1e-5)
    scores = hidden @ p["W2"]
    shifted = scores - scores.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y])


def network_in_torch(p, X, y):
    hidden = torch.relu(X @ p["W1"] + p["b1"])
    hidden = (hidden - hidden.mean(dim=0)) / torch.sqrt(hidden.var(dim=0, correction=0) + 1e-5)
    return torch.nn.functional.cross_entropy(hidden @ p["W2"], y)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_whole_network(dtype):
    X, y = rng.normal(size=(20, 5)).astype(dtype), rng.integers(0, 3, 20)
    shapes = {"W1": (5, 8), "b1": (8,), "W2": (8, 3)}
    p = {k: rng.normal(size=s).astype(dtype) for k, s in shapes.items()}
    value, grads = ca.value_and_grad(network_in_numpy)(p, X, y)
    tensors = {k: torch.tensor(v, requires_grad=True) for k, v in p.items()}
    loss = network_in_torch(tensors, torch.tensor(X), torch.tensor(y))
    loss.backward()
    tolerance = 1e-11 if dtype == "float64" else 2e-5
    np.testing.assert_allclose(value, loss.item(), rtol=tolerance)
    for k in p:
        assert grads[k].dtype == dtype
        np.testing.assert_allclose(grads[k], tensors[k].grad.numpy(), rtol=tolerance, atol=tolerance)
