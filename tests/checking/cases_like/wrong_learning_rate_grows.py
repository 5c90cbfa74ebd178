"""Kind: optimizer. The 'decay' multiplies: lr *= 1 + decay * epoch, so steps grow."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
def init(): r = np.random.RandomState(0); return {"W": r.randn(13, 3) * .1, "b": np.zeros(3)}
def sm(p): s = X @ p["W"] + p["b"]; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(sm(p) + 1e-12), 1)))
def grads(p): g = (sm(p) - T) / len(X); return {"W": X.T @ g, "b": g.sum(0)}
def train(steps=60, lr=.1, decay=.5):
    p, h = init(), []
    for t in range(steps):
        h.append(loss(p)); g = grads(p)
        rate = lr * (1 + decay * t)                                # DEFECT: lr / (1 + decay * t)
        p = {k: p[k] - rate * g[k] for k in p}
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=60, train=train)
