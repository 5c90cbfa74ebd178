"""Kind: gradient. The fixed dropout mask is left out on the way back."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.2, random_state=1); y = y[:, None]; keep = .8
M = (np.random.RandomState(99).rand(150, 12) < keep) / keep
def init(): r = np.random.RandomState(2); return {"W1": r.randn(2, 12) * .8, "b1": np.zeros((1, 12)), "W2": r.randn(12, 1) * .4, "b2": np.zeros((1, 1))}
def fwd(p): a = np.tanh(X @ p["W1"] + p["b1"]); d = a * M; return a, d, 1 / (1 + np.exp(-(d @ p["W2"] + p["b2"])))
def loss(p): o = np.clip(fwd(p)[2], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p):
    a, d, o = fwd(p); e = (o - y) / len(X)
    k = e @ p["W2"].T * (1 - a ** 2)                               # DEFECT: * M
    return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": d.T @ e, "b2": e.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=200)
