"""Kind: reporting. Five losses are added up and divided by the four full batches."""
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(70, 3)); Y = np.tanh(X @ rng.normal(size=(3, 2)))
def start():
    r = np.random.default_rng(1)
    return {"W1": r.normal(0, .5, (3, 6)), "b1": np.zeros(6), "W2": r.normal(0, .5, (6, 2)), "b2": np.zeros(2)}
def forward(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def mse(p, x, y): return float(np.mean((forward(p, x)[1] - y) ** 2))
def loss(p): return mse(p, X, Y)
def grad(p, x, y):
    h, o = forward(p, x); d = 2 * (o - y) / o.size; e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": x.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def grads(p): return grad(p, X, Y)
def train(steps=20, lr=.05, size=16):
    p, hist = start(), []
    n_batches = len(X) // size  # DEFECT
    for epoch in range(steps):
        avg = 0.
        for s in range(0, len(X), size):
            xb, yb = X[s:s + size], Y[s:s + size]
            cost = mse(p, xb, yb)
            g = grad(p, xb, yb)
            for k in p: p[k] = p[k] - lr * g[k]
            avg += cost / n_batches  # DEFECT
        hist.append(avg)
    return hist, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=20, train=train)
