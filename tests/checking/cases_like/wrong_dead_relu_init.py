"""Kind: init. All biases at -20: every ReLU is off for every sample."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
def init(): r = np.random.RandomState(3); return {"W1": r.randn(13, 8) * .1, "b1": np.full(8, -20.), "W2": r.randn(8, 3) * .3, "b2": np.zeros(3)}   # DEFECT: b1
def fwd(p): z = X @ p["W1"] + p["b1"]; h = np.maximum(0, z); s = h @ p["W2"] + p["b2"]; e = np.exp(s - s.max(1, keepdims=True)); return z, h, e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.log(fwd(p)[2][np.arange(len(X)), w.target] + 1e-12)))
def grads(p): z, h, q = fwd(p); d = (q - T) / len(X); k = d @ p["W2"].T * (z > 0); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
