"""Kind: data/numerics. Unscaled features with ReLU and squared error: the loss explodes in a few steps."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = w.data; y = (w.target == 0).astype(float)[:, None]   # DEFECT: features up to 1680, not scaled
def init(): r = np.random.RandomState(0); return {"W1": r.randn(13, 6) * .3, "b1": np.zeros(6), "W2": r.randn(6, 1) * .3, "b2": np.zeros(1)}
def fwd(p): z = X @ p["W1"] + p["b1"]; h = np.maximum(0, z); return z, h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((fwd(p)[2] - y) ** 2))           # DEFECT
def grads(p): z, h, o = fwd(p); d = 2 * (o - y) / len(X); k = d @ p["W2"].T * (z > 0); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.01, steps=50)
