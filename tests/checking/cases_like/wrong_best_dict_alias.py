"""Kind: aliasing. best_params is another name of the dict that the loop goes on writing to."""
import numpy as np
r = np.random.default_rng(3); X = r.normal(size=(25, 12)); y = (X[:, :1] + r.normal(size=(25, 1)) > 0) * 1.; XV = r.normal(size=(100, 12)); yv = (XV[:, :1] + r.normal(size=(100, 1)) > 0) * 1.
def init(): q = np.random.default_rng(4); return {"W1": q.normal(0, .5, (12, 10)), "b1": np.zeros(10), "W2": q.normal(0, .5, (10, 1)), "b2": np.zeros(1)}
def f(p, X): h = np.tanh(X @ p["W1"] + p["b1"]); return h, 1 / (1 + np.exp(-(h @ p["W2"] + p["b2"])))
def bce(p, X, y): o = np.clip(f(p, X)[1], 1e-9, 1 - 1e-9); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p, X, y): h, o = f(p, X); d = (o - y) / len(X); k = d @ p["W2"].T * (1 - h * h); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def train(steps=150, lr=.5):
    params, best, best_params, hist = init(), 1e9, None, []
    for i in range(steps):
        g = grads(params, X, y)
        for k in params: params[k] -= lr * g[k]
        v = bce(params, XV, yv); hist.append(v)
        if v < best: best, best_params = v, params             # DEFECT
    return hist, best_params
def case(): return dict(params=init(), loss=lambda p: bce(p, X, y), grads=lambda p: grads(p, X, y), lr=.5, steps=150, train=train)
