"""Correct. The best of some starts is trained on, in place."""
import numpy as np
rng = np.random.default_rng(2)
X = rng.normal(size=(50, 3)); Y = np.sin(X[:, :1])
def start(seed): r = np.random.default_rng(seed); return {"W": r.normal(0, 1, (3, 6)), "b": np.zeros(6), "V": r.normal(0, .4, (6, 1)), "c": np.zeros(1)}
def fwd(p): h = np.tanh(X @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def loss(p): return float(np.mean((fwd(p)[1] - Y) ** 2))
def grads(p):
    h, o = fwd(p); d = 2 * (o - Y) / len(Y); k = d @ p["V"].T * (1 - h * h)
    return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}
def train(steps=100):
    best, net = np.inf, None
    for seed in range(5):
        candidate = start(seed)
        for _ in range(3):
            g = grads(candidate)
            for k in g: candidate[k] -= .1 * g[k]
        if loss(candidate) < best:
            best = loss(candidate)
            net = candidate
    hist = []
    for _ in range(steps):
        g = grads(net); hist.append(loss(net))
        for k in g: net[k] -= .1 * g[k]
    return hist, net
def case(): return dict(params=start(0), loss=loss, grads=grads, lr=.1, steps=100, train=train)
