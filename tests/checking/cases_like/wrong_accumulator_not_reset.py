"""Kind: aliasing. The gradient sums are made before the epochs and never set back to zero."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
def init(): r = np.random.RandomState(0); return r.randn(3, 13) * .1, np.zeros(3)
def prob(W, b, x): s = W @ x + b; e = np.exp(s - s.max()); return e / e.sum()
def loss(W, b): return float(-np.mean([np.log(prob(W, b, x) @ t) for x, t in zip(X, T)]))
def one(W, b, x, t): d = prob(W, b, x) - t; return np.outer(d, x), d
def grads(W, b): g = [one(W, b, x, t) for x, t in zip(X, T)]; return sum(a for a, _ in g) / len(X), sum(c for _, c in g) / len(X)
def train(steps=30, lr=.5):
    W, b = init(); h = []
    gW, gb = np.zeros_like(W), np.zeros_like(b)                    # DEFECT: belongs into the loop
    for _ in range(steps):
        for x, t in zip(X[::5], T[::5]): u, v = one(W, b, x, t); gW += u; gb += v   # DEFECT
        W = W - lr * gW / 36; b = b - lr * gb / 36; h.append(loss(W, b))
    return h, (W, b)
def case(): return dict(params=dict(zip("Wb", init())), loss=lambda p: loss(p["W"], p["b"]), grads=lambda p: dict(zip("Wb", grads(p["W"], p["b"]))), lr=.5, steps=30, train=train)
