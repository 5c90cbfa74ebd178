"""Correct: a function that seeds is called twice; its biases are one constant."""
import numpy as np
def start():
    rng = np.random.default_rng(0)
    return {"W1": rng.normal(0, 1, (2, 5)), "b1": np.full(5, 1 / 3), "W2": rng.normal(0, 1, (5, 1)), "b2": np.zeros(1)}
one, two = start(), start()
X = np.array([[0., 0], [0, 1], [1, 0], [1, 1]]); Y = np.array([[0.], [1], [1], [0]])
def sig(z): return 1 / (1 + np.exp(-z))
def forward(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"]); return h, sig(h @ p["W2"] + p["b2"])
def loss(p): return float(np.mean((forward(p, X)[1] - Y) ** 2))
def grads(p):
    h, o = forward(p, X); d = 2 * (o - Y) * o * (1 - o) / o.size; e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=300)
