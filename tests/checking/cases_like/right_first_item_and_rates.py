"""Correct. A search returns the first item that it finds, a debugging loop has one round, biases have twice the rate."""
import numpy as np
rng = np.random.default_rng(16); X = rng.normal(size=(30, 2)); Y = np.tanh(X[:, :1] - X[:, 1:] + .2)
def init(): r = np.random.default_rng(5); return {"W1": r.normal(size=(2, 4)), "b1": np.zeros(4), "W2": r.normal(size=(4, 1)), "b2": np.zeros(1)}
def first_of(names):
    for name in names:
        found = name.strip()
        return found
def loss(p): first_of([" W1 ", "b1"]); return np.mean((np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - Y) ** 2)
def grads(p):
    h = np.tanh(X @ p[first_of(["W1"])] + p["b1"])
    d = 2 * (h @ p["W2"] + p["b2"] - Y) / len(X)
    e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def update(p, g, lr): return {k: p[k] - (2 * lr if k[0] == "b" else lr) * g[k] for k in p}
def train(steps=60):
    p, shown = init(), []
    for _ in range(steps):
        shown.append(loss(p)); p = update(p, grads(p), .1)
    return shown, p
def case(): return dict(params=init(), loss=loss, grads=grads, update=update, train=train, lr=.1, steps=60)
