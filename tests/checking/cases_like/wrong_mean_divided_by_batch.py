"""Kind: reporting. Means of batches divided by their rows once more."""
import numpy as np
r = np.random.RandomState(5)
X = r.randn(120, 3); y = (X @ [1., -2., .5] + .1 * r.randn(120))[:, None]
def init():
    q = np.random.RandomState(0)
    return dict(A=q.randn(3, 5) * .5, a=np.zeros(5), B=q.randn(5, 1) * .5, b=np.zeros(1))
def out(p, X): h = np.tanh(X @ p["A"] + p["a"]); return h, h @ p["B"] + p["b"]
def mse(p, X, y): return float(np.mean((out(p, X)[1] - y) ** 2))
def back(p, X, y):
    h, o = out(p, X); d = 2 * (o - y) / len(X); e = d @ p["B"].T * (1 - h ** 2)
    return dict(A=X.T @ e, a=e.sum(0), B=h.T @ d, b=d.sum(0))
def train(steps=10, size=20):
    p, hist = init(), []
    for _ in range(steps):
        total = 0.0
        for s in range(0, len(X), size):
            xb, yb = X[s:s + size], y[s:s + size]
            total += mse(p, xb, yb) / len(xb)      # DEFECT
            g = back(p, xb, yb); p = {k: p[k] - .02 * g[k] for k in p}
        hist.append(total)                          # DEFECT
    return hist, p
def case():
    return dict(params=init(), loss=lambda p: mse(p, X, y), grads=lambda p: back(p, X, y), lr=.02, steps=30, train=train)
