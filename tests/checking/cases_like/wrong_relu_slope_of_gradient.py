"""Kind: gradient. The mask looks at the error instead of z."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:120] / 16; T = np.eye(10)[d.target[:120]]
def init(): r = np.random.RandomState(3); return {"W1": r.randn(64, 12) * .2, "b1": np.zeros(12), "W2": r.randn(12, 10) * .3, "b2": np.zeros(10)}
def fwd(p): z = X @ p["W1"] + p["b1"]; h = np.maximum(z, 0); s = h @ p["W2"] + p["b2"]; e = np.exp(s - s.max(1, keepdims=True)); return z, h, e / e.sum(1, keepdims=True)
def loss(p): return float(-np.sum(T * np.log(fwd(p)[2] + 1e-12)) / len(X))
def grads(p):
    z, h, q = fwd(p); g = (q - T) / len(X); dh = g @ p["W2"].T
    dh[dh <= 0] = 0                                                # DEFECT: dh[z <= 0] = 0
    return {"W1": X.T @ dh, "b1": dh.sum(0), "W2": h.T @ g, "b2": g.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
