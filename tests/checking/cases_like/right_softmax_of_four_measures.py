"""Correct. No bias: a little worse than with one, and no more."""
import numpy as np
from sklearn.datasets import load_iris
d = load_iris(); X, Y = d.data, np.eye(3)[d.target]
def soft(s): e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def init(): return {"W": np.random.RandomState(0).randn(4, 3) * .01}
def loss(p): return float(-np.mean(np.sum(Y * np.log(soft(X @ p["W"])), 1)))
def grads(p): return {"W": X.T @ (soft(X @ p["W"]) - Y) / len(X)}
def train(steps=300):
    p, h = init(), []
    for _ in range(steps):
        p = {"W": p["W"] - .05 * grads(p)["W"]}; h.append(loss(p))
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=300, train=train)
