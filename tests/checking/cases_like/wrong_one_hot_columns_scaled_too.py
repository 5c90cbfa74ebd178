"""Kind: data. The one-hot columns are scaled together with the features."""
import numpy as np
def load():
    g = np.random.default_rng(3); k = g.integers(0, 3, 120)
    return np.hstack([g.integers(0, 16, (120, 6)) + 2 * k[:, None], np.eye(3)[k]])
def prepare(t):
    t = t * (1 / 16)  # DEFECT
    return t[:, :6], t[:, 6:]  # DEFECT
X, Y = prepare(load())  # DEFECT
def init(): g = np.random.default_rng(4); return dict(W=g.normal(0, .3, (6, 3)), b=np.zeros(3))
def soft(p): z = X @ p["W"] + p["b"]; e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p): return -np.mean(np.sum(Y * np.log(soft(p) + 1e-12), 1))
def grads(p):
    s = soft(p); d = (s * Y.sum(1, keepdims=True) - Y) / len(Y); return dict(W=X.T @ d, b=d.sum(0))
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.3, steps=200)
