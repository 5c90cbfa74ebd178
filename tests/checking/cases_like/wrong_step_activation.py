"""Kind: gradient/numerics. The loss sees rounded outputs: the true gradient is zero."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(100, noise=.1, random_state=0); y = y[:, None]
def init(): r = np.random.RandomState(0); return {"W": r.randn(2, 1), "b": np.zeros((1, 1))}
def out(p): return 1 / (1 + np.exp(-(X @ p["W"] + p["b"])))
def loss(p): return float(np.mean((np.round(out(p)) - y) ** 2))    # DEFECT: without np.round
def grads(p): o = out(p); d = 2 * (np.round(o) - y) * o * (1 - o) / len(X); return {"W": X.T @ d, "b": d.sum(0, keepdims=True)}   # DEFECT
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
