"""Kind: aliasing. best = W keeps a reference; in-place updates change it."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
def init(): r = np.random.RandomState(0); return r.randn(13, 3) * .1, np.zeros(3)
def sm(W, b): s = X @ W + b; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(W, b): return float(-np.mean(np.sum(T * np.log(sm(W, b) + 1e-12), 1)))
def grad(W, b): d = (sm(W, b) - T) / len(X); return X.T @ d, d.sum(0)
def train(steps=40, lr=6.):
    W, b = init(); best, best_loss, h = None, np.inf, []
    for _ in range(steps):
        l = loss(W, b); h.append(l)
        if l < best_loss: best_loss = l; best = (W, b)             # DEFECT: W.copy(), b.copy()
        gW, gb = grad(W, b); W -= lr * gW; b -= lr * gb
    return h, best
def case(): return dict(params=dict(zip("Wb", init())), loss=lambda p: loss(p["W"], p["b"]), grads=lambda p: dict(zip("Wb", grad(p["W"], p["b"]))), lr=6., steps=40, train=train)
