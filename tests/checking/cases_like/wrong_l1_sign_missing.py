"""Kind: gradient. L1 penalty: gradient adds lam instead of lam * sign(w)."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data * 20; t = ((D.target - 150) / 75)[:, None]; lam = .1
def init(): return {"w": np.random.RandomState(1).randn(10, 1) * .3, "b": np.zeros((1, 1))}
def loss(p): return float(.5 * np.mean((X @ p["w"] + p["b"] - t) ** 2) + lam * np.abs(p["w"]).sum())
def grads(p):
    e = (X @ p["w"] + p["b"] - t) / len(t)
    return {"w": X.T @ e + lam, "b": e.sum(0, keepdims=True)}      # DEFECT: lam * np.sign(w)
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100)
