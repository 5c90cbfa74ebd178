"""Kind: data/loss. Classes 1..3 in np.eye(4): the first column is never hot, and eye(3)[t - 2] would wrap."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); lab = w.target + 1
T = np.zeros((178, 3)); T[np.arange(178)[lab < 3], lab[lab < 3]] = 1   # DEFECT: lab - 1
def init(): r = np.random.RandomState(0); return {"W": r.randn(13, 3) * .1, "b": np.zeros(3)}
def sm(p): s = X @ p["W"] + p["b"]; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(sm(p) + 1e-12), 1)))   # DEFECT
def grads(p): g = (sm(p) - T) / len(X); return {"W": X.T @ g, "b": g.sum(0)}   # DEFECT
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
