"""Kind: gradient. The output is linear, the delta has the slope of tanh."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:100] * 20; y = (D.target[:100, None] - 150) / 75
def init(): r = np.random.RandomState(3); return {"W": r.randn(10, 5) * .3, "b": np.zeros(5), "V": r.randn(5, 1) * .4, "c": np.zeros(1)}
def fwd(p): h = np.tanh(X @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def loss(p): return float(np.mean((fwd(p)[1] - y) ** 2))
def grads(p):
    h, o = fwd(p)
    d = 2 * (o - y) / len(X) * (1 - o ** 2)                        # DEFECT: linear output: no slope
    k = d @ p["V"].T * (1 - h ** 2); return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100)
