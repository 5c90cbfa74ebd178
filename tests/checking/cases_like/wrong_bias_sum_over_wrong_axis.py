"""Kind: gradient. Square batch: the bias is summed over the units."""
import numpy as np
r = np.random.RandomState(12); X = r.randn(8, 3); y = np.cos(X[:, :1])
def init(): q = np.random.RandomState(13); return {"W1": q.randn(3, 8) * .6, "b1": np.zeros(8), "W2": q.randn(8, 1) * .6, "b2": np.zeros(1)}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((fwd(p)[1] - y) ** 2))
def grads(p):
    h, o = fwd(p); d = 2 * (o - y) / len(X); k = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ k, "b1": k.sum(axis=1),                    # DEFECT: axis=0
            "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=200)
