"""Kind: loss. Only y * log(p) of the binary cross-entropy."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(120, noise=.15, random_state=0); y = y[:, None].astype(float)
def init(): r = np.random.RandomState(1); return {"W1": r.randn(2, 5), "b1": np.zeros((1, 5)), "W2": r.randn(5, 1), "b2": np.zeros((1, 1))}
def fwd(p): a = np.tanh(X @ p["W1"] + p["b1"]); return a, 1 / (1 + np.exp(-(a @ p["W2"] + p["b2"])))
def loss(p): o = fwd(p)[1]; return float(-np.mean(y * np.log(o + 1e-12)))   # DEFECT: + (1 - y) * log(1 - o)
def grads(p): a, o = fwd(p); d = (o - y) / len(X); k = d @ p["W2"].T * (1 - a * a); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": a.T @ d, "b2": d.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
