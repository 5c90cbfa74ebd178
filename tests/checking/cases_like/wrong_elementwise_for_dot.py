"""Kind: gradient. dot vs multiply: e * W2.T sums nothing for one output."""
import numpy as np
r = np.random.RandomState(15); X = r.randn(40, 3); T = np.c_[np.sin(X[:, 0]), X[:, 1] * X[:, 2], np.cos(X[:, 2])]
def init(): q = np.random.RandomState(16); return {"W1": q.randn(3, 3) * .7, "b1": np.zeros(3), "W2": q.randn(3, 3) * .7, "b2": np.zeros(3)}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(.5 * np.sum((fwd(p)[1] - T) ** 2) / len(X))
def grads(p):
    h, o = fwd(p); e = (o - T) / len(X)
    k = e * p["W2"].sum(1) * (1 - h ** 2)                          # DEFECT: e @ W2.T
    return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ e, "b2": e.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.2, steps=200)
