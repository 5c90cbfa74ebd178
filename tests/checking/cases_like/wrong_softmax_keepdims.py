"""Kind: numerics/gradient/loss. e / e.sum(1) on a square batch: every row is divided by the sums of other rows."""
import numpy as np
r = np.random.RandomState(2); X = r.randn(4, 6); t = np.array([0, 3, 1, 2]); T = np.eye(4)[t]
def init(): q = np.random.RandomState(3); return {"W": q.randn(6, 4), "b": np.zeros(4)}
def softmax(z): e = np.exp(z - z.max(axis=1, keepdims=True)); return e / e.sum(axis=1)   # DEFECT: keepdims=True
def loss(p): return float(-np.mean(np.log(softmax(X @ p["W"] + p["b"])[np.arange(4), t])))
def grads(p): d = (softmax(X @ p["W"] + p["b"]) - T) / 4; return {"W": X.T @ d, "b": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
