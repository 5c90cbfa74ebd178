"""Kind: numerics. exp of raw pixel scores overflows: inf / inf."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:200] * 16; T = np.eye(10)[d.target[:200]]
def init(): r = np.random.RandomState(0); return {"W": r.randn(64, 10), "b": np.zeros(10)}
def softmax(z): e = np.exp(z); return e / e.sum(axis=1, keepdims=True)   # DEFECT: z - z.max(axis=1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(softmax(X @ p["W"] + p["b"]) + 1e-12), axis=1)))
def grads(p): g = (softmax(X @ p["W"] + p["b"]) - T) / len(X); return {"W": X.T @ g, "b": g.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.01, steps=50)
