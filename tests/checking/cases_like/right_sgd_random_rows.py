"""Correct: stochastic descent on one random row at a time; the loss shown is a running average."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = (b.data - b.data.mean(0)) / b.data.std(0); y = b.target.astype(float)
def init(): return {"w": np.zeros(30), "b": np.zeros(1)}
def prob(p, X): return 1 / (1 + np.exp(-(X @ p["w"] + p["b"])))
def loss(p): q = np.clip(prob(p, X), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
def grads(p, X=X, y=y): e = (prob(p, X) - y) / len(y); return {"w": X.T @ e, "b": np.array([e.sum()])}
def train(steps=40, lr=.05):
    p, r, avg, h = init(), np.random.RandomState(0), None, []
    for _ in range(steps):
        for j in r.randint(0, len(X), 20): g = grads(p, X[j:j + 1], y[j:j + 1]); p = {k: p[k] - lr * g[k] for k in p}
        l = loss(p); avg = l if avg is None else .9 * avg + .1 * l; h.append(avg)
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=40, train=train)
