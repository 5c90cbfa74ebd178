"""Correct: one tower starts as a copy of the other; the function that seeds is called three times."""
import numpy as np
def start():
    rng = np.random.default_rng(0)
    a = rng.normal(0, 1, (2, 5)); b = a.copy()
    return {"A": a, "B": b, "v": rng.normal(0, 1, 5), "u": rng.normal(0, 1, 5)}
x = np.random.default_rng(2).normal(size=(20, 2)); y = x[:, 0] * x[:, 1]
one, two = start(), start()
def loss(p): return float(np.mean((np.tanh(x @ p["A"]) @ p["v"] + np.tanh(x @ p["B"]) @ p["u"] - y) ** 2))
def grads(p):
    h, k = np.tanh(x @ p["A"]), np.tanh(x @ p["B"]); d = 2 * (h @ p["v"] + k @ p["u"] - y) / 20
    return {"A": x.T @ (np.outer(d, p["v"]) * (1 - h ** 2)), "B": x.T @ (np.outer(d, p["u"]) * (1 - k ** 2)), "v": h.T @ d, "u": k.T @ d}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=100)
