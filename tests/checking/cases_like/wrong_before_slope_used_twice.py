"""Kind: gradient. The error after the slope is computed, and the one before it is used."""
import numpy as np

rng = np.random.RandomState(3)
X = rng.randn(3, 50)
Y = (X[:1] * X[1:2] > 0).astype(float)
DIMS = [3, 6, 5, 1]


def initialize():
    r = np.random.RandomState(4)
    return {
        f"{k}{l}": (r.randn(DIMS[l], DIMS[l - 1]) * 0.6 if k == "W" else np.zeros((DIMS[l], 1)))
        for l in (1, 2, 3)
        for k in "Wb"
    }


def forward(P):
    A, caches = X, []
    for l in (1, 2, 3):
        Z = P[f"W{l}"] @ A + P[f"b{l}"]
        caches.append((A, Z))
        A = np.tanh(Z) if l < 3 else 1 / (1 + np.exp(-Z))
    return A, caches


def cost(P):
    A, _ = forward(P)
    return float(-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)))


def linear_backward(dA, cache, W, last):
    A_prev, Z = cache
    m = A_prev.shape[1]
    slope = 1 - np.tanh(Z) ** 2
    dZ = dA if last else dA * slope
    dW = dA @ A_prev.T / m  # DEFECT
    db = np.sum(dA, axis=1, keepdims=True) / m  # DEFECT
    return W.T @ dZ, dW, db


def backward(P):
    A, caches = forward(P)
    G = {}
    dA = A - Y
    for l in (3, 2, 1):
        dA, G[f"W{l}"], G[f"b{l}"] = linear_backward(dA, caches[l - 1], P[f"W{l}"], l == 3)
    return G


def case():
    return dict(params=initialize(), loss=cost, grads=backward, lr=0.3, steps=100)
