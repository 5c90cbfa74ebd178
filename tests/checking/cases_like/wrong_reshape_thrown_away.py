"""Kind: data. The labels stay flat: reshape returns a new array."""
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(50, 2)); y = np.tanh(X[:, 0] - X[:, 1]) + .5
y.reshape(-1, 1)  # DEFECT
def start():
    r = np.random.default_rng(1)
    return {"W1": r.normal(0, .5, (2, 8)), "b1": np.zeros(8), "W2": r.normal(0, .5, (8, 1)), "b2": np.zeros(1)}
def forward(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((forward(p)[1] - y) ** 2))
def grads(p):
    h, o = forward(p); d = 2 * (o - y.reshape(-1, 1)) / 50; e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=200)
