"""Correct: Nesterov's momentum in its rewritten form."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); T = np.eye(3)[i.target]
def init(): r = np.random.RandomState(0); return {"W": r.randn(4, 6) * .5, "b": np.zeros(6), "V": r.randn(6, 3) * .5, "c": np.zeros(3)}
def fwd(p): h = np.tanh(X @ p["W"] + p["b"]); s = h @ p["V"] + p["c"]; e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(fwd(p)[1] + 1e-12), 1)))
def grads(p): h, q = fwd(p); d = (q - T) / 150; k = d @ p["V"].T * (1 - h * h); return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}
def train(steps=40, lr=.1, mu=.9):
    p, h = init(), []; v = {k: np.zeros_like(w) for k, w in p.items()}
    for _ in range(steps):
        h.append(loss(p)); g = grads(p)
        for k in p: old = v[k].copy(); v[k] = mu * v[k] - lr * g[k]; p[k] = p[k] - mu * old + (1 + mu) * v[k]
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=40, train=train)
