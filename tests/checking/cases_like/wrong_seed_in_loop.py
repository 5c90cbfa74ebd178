"""Kind: data. The generator is seeded in the loop, so each batch has the same rows."""
import numpy as np
r = np.random.RandomState(3); X = np.sort(r.uniform(-3, 3, (200, 1)), axis=0); y = np.sin(X)
def init(): q = np.random.RandomState(1); return {"W1": q.randn(1, 12), "b1": q.randn(12), "W2": q.randn(12, 1) * .3, "b2": np.zeros(1)}
def f(p, X): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p, X=X, y=y): return float(np.mean((f(p, X)[1] - y) ** 2))
def grads(p, X=X, y=y): h, o = f(p, X); d = 2 * (o - y) / len(X); k = d @ p["W2"].T * (1 - h * h); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def train(steps=300, lr=.05):
    p, h = init(), []
    for i in range(steps):
        np.random.seed(42)                                     # DEFECT
        idx = np.random.choice(len(X), 10)
        xb, yb = X[idx], y[idx]
        g = grads(p, xb, yb); p = {k: p[k] - lr * g[k] for k in p}; h.append(loss(p))
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=300, train=train)
