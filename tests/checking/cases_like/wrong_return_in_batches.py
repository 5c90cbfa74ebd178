"""Kind: data. The list of batches is returned with the first one in it."""
import numpy as np
rng = np.random.default_rng(1); X = rng.normal(size=(64, 3)); Y = X @ np.array([[1.], [2.], [-1.]]) + .1
def batches(size=16):
    out = []
    for i in range(0, len(X), size):
        out.append((X[i:i + size], Y[i:i + size]))
        return out                                                 # DEFECT
def init(): return {"W": np.zeros((3, 1)), "b": np.zeros(1)}
def loss(p): return np.mean((X @ p["W"] + p["b"] - Y) ** 2)
def grads(p): d = 2 * (X @ p["W"] + p["b"] - Y) / len(X); return {"W": X.T @ d, "b": d.sum(0)}
def train(steps=20):
    p, hist = init(), []
    for _ in range(steps):
        for x, y in batches():
            d = 2 * (x @ p["W"] + p["b"] - y) / len(x)
            p["W"] = p["W"] - .1 * x.T @ d
            p["b"] = p["b"] - .1 * d.sum(0)
        hist.append(loss(p))
    return hist, p
def case(): return dict(params=init(), loss=loss, grads=grads, train=train, lr=.1, steps=20)
