"""Kind: update. Gradients are set to zero once in an epoch, and applied after each batch."""
import numpy as np
from sklearn.datasets import load_wine
w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); Y = np.eye(3)[w.target]; o = np.random.RandomState(0).permutation(178); X, Y = X[o], Y[o]
class M:
    def __init__(self): r = np.random.RandomState(2); self.p = {"W": r.randn(13, 3) * .1, "b": np.zeros(3)}; self.zero()
    def zero(self): self.g = {k: np.zeros_like(v) for k, v in self.p.items()}
    def q(self, X): s = X @ self.p["W"] + self.p["b"]; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
    def loss(self, X, Y): return float(-np.mean((Y * np.log(self.q(X) + 1e-12)).sum(1)))
    def back(self, X, Y): d = (self.q(X) - Y) / len(X); self.g["W"] += X.T @ d; self.g["b"] += d.sum(0)
def train(steps=20, lr=1., bs=20):
    m, h = M(), []
    for _ in range(steps):
        m.zero()                                               # DEFECT: belongs into the inner loop
        for i in range(0, 178, bs):
            m.back(X[i:i + bs], Y[i:i + bs])
            for k in m.p: m.p[k] = m.p[k] - lr * m.g[k]
        h.append(m.loss(X, Y))
    return h, m
def _m(p): m = M(); m.p = dict(p); return m
def _g(p): m = _m(p); m.zero(); m.back(X, Y); return m.g
def case(): return dict(params=M().p, loss=lambda p: _m(p).loss(X, Y), grads=_g, lr=1., steps=20, train=train)
