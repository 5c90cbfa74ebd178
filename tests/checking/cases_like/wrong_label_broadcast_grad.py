"""Kind: gradient. y is (n,), the output (n,1): the error is a table of (n,n)."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:60] * 20; y = (D.target[:60] - 150) / 75
def init(): r = np.random.RandomState(1); return {"W1": r.randn(10, 4) * .3, "b1": np.zeros((1, 4)), "W2": r.randn(4, 1) * .3, "b2": np.zeros((1, 1))}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((fwd(p)[1].ravel() - y) ** 2))
def grads(p):
    h, o = fwd(p)
    e = 2 * (o - y).mean(1, keepdims=True) / len(X)                # DEFECT: o - y[:, None]
    k = e @ p["W2"].T * (1 - h ** 2); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": h.T @ e, "b2": e.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=100)
