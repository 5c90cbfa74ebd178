"""Kind: data. Scaled inputs are computed, the raw ones are used; tanh units are saturated."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = w.data; T = np.eye(3)[w.target]
Xs = (X - X.mean(0)) / X.std(0)                                    # DEFECT: never used
def init(): r = np.random.RandomState(8); return {"W1": r.randn(13, 8) * .5, "b1": np.zeros(8), "W2": r.randn(8, 3) * .5, "b2": np.zeros(3)}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); s = h @ p["W2"] + p["b2"]; e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)   # DEFECT: Xs
def loss(p): return float(-np.mean(np.sum(T * np.log(fwd(p)[1] + 1e-12), 1)))
def grads(p): h, q = fwd(p); d = (q - T) / len(X); k = d @ p["W2"].T * (1 - h * h); return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}   # DEFECT
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=150)
