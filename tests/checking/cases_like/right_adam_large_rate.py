"""Correct: the rate suits Adam; plain descent with it would fly apart."""
import numpy as np
r = np.random.default_rng(4); X = r.uniform(0, 12, (60, 2)); y = X @ [2., -1.] + 1
def J(w): return float(np.mean((X @ w[:2] + w[2] - y) ** 2))
def G(w): e = 2 * (X @ w[:2] + w[2] - y) / 60; return np.append(X.T @ e, e.sum())
def train(steps=300, lr=.1):
    w, m, v, h = np.zeros(3), np.zeros(3), np.zeros(3), []
    for t in range(1, steps + 1):
        g = G(w); m = .9 * m + .1 * g; v = .999 * v + .001 * g * g
        w = w - lr * (m / (1 - .9 ** t)) / (np.sqrt(v / (1 - .999 ** t)) + 1e-8); h.append(J(w))
    return h, w
def case(): return dict(params={"w": np.zeros(3)}, loss=lambda p: J(p["w"]), grads=lambda p: {"w": G(p["w"])}, lr=.1, steps=300, train=train)
