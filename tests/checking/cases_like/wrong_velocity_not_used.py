"""Kind: update. The velocity is computed, and the step is taken along the gradient."""
import numpy as np
from sklearn.datasets import make_moons
X, y = make_moons(100, noise=.1, random_state=4); y = y[:, None]
def init(): r = np.random.RandomState(1); return {"W1": r.randn(2, 8), "b1": np.zeros(8), "W2": r.randn(8, 1), "b2": np.zeros(1)}
def f(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, 1 / (1 + np.exp(-(h @ p["W2"] + p["b2"])))
def loss(p): o = np.clip(f(p)[1], 1e-9, 1 - 1e-9); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p): h, o = f(p); d = (o - y) / len(X); k = d @ p["W2"].T * (1 - h * h); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def train(steps=150, lr=.1, mu=.9):
    p, hist = init(), []; v = {k: np.zeros_like(w) for k, w in p.items()}
    for _ in range(steps):
        g = grads(p)
        for k in p:
            v[k] = mu * v[k] - lr * g[k]
            p[k] = p[k] - lr * g[k]                            # DEFECT: p[k] + v[k]
        hist.append(loss(p))
    return hist, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=150, train=train)
