"""Correct. A fixed mask on hidden values, number by number."""
import numpy as np
r = np.random.default_rng(1)
X = r.normal(size=(30, 2)); y = np.sin(X[:, 0]); MASK = (r.random((30, 3)) < .5) * 2.
def start(): q = np.random.default_rng(0); return {"w": q.normal(size=(3, 2)) * .5, "b": np.zeros(3), "v": q.normal(size=3) * .5, "c": np.array(0.)}
def loss(p):
    total = 0.
    for i in range(30):
        out = p["c"]
        for j in range(3):
            h = np.tanh(p["w"][j] @ X[i] + p["b"][j]) * MASK[i, j]
            out = out + p["v"][j] * h
        total = total + (out - y[i]) ** 2
    return total / 30
def grads(p):
    H = np.tanh(X @ p["w"].T + p["b"]); d = 2 * ((H * MASK) @ p["v"] + p["c"] - y) / 30
    e = np.outer(d, p["v"]) * MASK * (1 - H ** 2)
    return {"w": e.T @ X, "b": e.sum(0), "v": (H * MASK).T @ d, "c": d.sum()}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=50)
