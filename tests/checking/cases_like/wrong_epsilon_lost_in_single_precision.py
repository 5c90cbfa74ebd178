"""Kind: numerics. 1e-50 is 0 in single precision."""
import numpy as np
g = np.random.default_rng(1)
n = 90
lab = np.arange(n) % 3
X = (g.normal(size=(n, 4)) * 3 + np.eye(3, 4)[lab] * 20).astype(np.float32)
T = np.eye(3, dtype=np.float32)[lab]
TINY = np.float32(1e-50)  # DEFECT
def start(): return {"W": g.normal(0, .5, (4, 3)).astype(np.float32), "b": np.zeros(3, np.float32)}
def probs(p):
    z = X @ p["W"] + p["b"]; e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p):
    return -np.sum(T * np.log(probs(p) + TINY)) / n  # DEFECT
def grads(p):
    d = (probs(p) - T) / np.float32(n); return {"W": X.T @ d, "b": d.sum(0)}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=300)
