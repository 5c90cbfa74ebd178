"""Kind: gradient. The penalty is subtracted in the gradient."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]; lam = .05
def init(): r = np.random.default_rng(3); return {"W1": r.normal(0, .3, (13, 9)), "b1": np.zeros(9), "W2": r.normal(0, .3, (9, 3)), "b2": np.zeros(3)}
def fwd(p): h = np.maximum(X @ p["W1"] + p["b1"], 0); s = h @ p["W2"] + p["b2"]; s = s - s.max(1, keepdims=True); return h, np.exp(s) / np.exp(s).sum(1, keepdims=True)
def loss(p): q = fwd(p)[1]; return float(-np.mean(np.log(q[np.arange(len(X)), w.target])) + lam / 2 * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2)))
def grads(p):
    h, q = fwd(p); d = (q - T) / len(X); k = d @ p["W2"].T * (h > 0)
    return {"W1": X.T @ k - lam * p["W1"], "b1": k.sum(0), "W2": h.T @ d - lam * p["W2"], "b2": d.sum(0)}   # DEFECT: + lam * W
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
