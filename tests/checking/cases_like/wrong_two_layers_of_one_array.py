"""Kind: initialization/update. The weights of two layers are one array."""
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(30, 4)); y = np.sin(X)
W = r.normal(size=(4, 4)) * .5
params = {"W1": W, "b1": np.zeros(4), "W2": W, "b2": np.zeros(4)}  # DEFECT
def f(p):
    h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((f(p)[1] - y) ** 2))
def grads(p):
    h, o = f(p); d = 2 * (o - y) / o.size; e = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def train(steps=50, lr=.2):
    h = []
    for _ in range(steps):
        h.append(loss(params)); g = grads(params)
        for k in params: params[k] -= lr * g[k]
    return h, params
def case(): return dict(params={k: v.copy() for k, v in params.items()}, loss=loss, grads=grads, lr=.2, steps=50, train=train)
