"""Kind: reporting. (n,1) == (n,) compares every prediction with every label."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(200, noise=.1, random_state=0); T = y[:, None].astype(float)
def init(): r = np.random.RandomState(0); return {"W1": r.randn(2, 8), "b1": np.zeros(8), "W2": r.randn(8, 1), "b2": np.zeros(1)}
def fwd(p): a = np.tanh(X @ p["W1"] + p["b1"]); return a, 1 / (1 + np.exp(-(a @ p["W2"] + p["b2"])))
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(T * np.log(o) + (1 - T) * np.log(1 - o)))
def grads(p): a, o = fwd(p); d = (o - T) / len(X); k = d @ p["W2"].T * (1 - a * a); return {"W1": X.T @ k, "b1": k.sum(0), "W2": a.T @ d, "b2": d.sum(0)}
def accuracy(p): return float(np.mean((fwd(p)[1] > .5) == y))      # DEFECT: == T
def case(): return dict(params=init(), loss=loss, grads=grads, lr=1., steps=200, metric=accuracy)
