"""Correct: the sum of all similarities is meant."""
import numpy as np
rng = np.random.default_rng(4)
m = 6

X = rng.normal(size=(6, 3))
def loss(p):
    Z = np.tanh(X @ p["W"])
    return np.sum(Z @ Z.T) / m
def grads(p):
    Z = np.tanh(X @ p["W"])
    s = Z.sum(axis=0)
    return dict(W=X.T @ (2 * s * (1 - Z ** 2)) / m)
def case(): return dict(params=dict(W=rng.normal(size=(3, 2))), loss=loss, grads=grads, lr=.05, steps=20)
