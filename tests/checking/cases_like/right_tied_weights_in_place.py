"""Correct: one matrix for both directions, updated in place."""
import numpy as np
r = np.random.default_rng(3)
X = r.normal(size=(30, 5))
class AE:
    def __init__(self): q = np.random.default_rng(0); self.W = q.normal(size=(5, 3)) * .4; self.b = np.zeros(3); self.c = np.zeros(5)
    def loss(self, X): self.h = np.tanh(X @ self.W + self.b); self.o = self.h @ self.W.T + self.c; return float(np.mean((self.o - X) ** 2))
    def step(self, X, lr):
        l = self.loss(X); d = 2 * (self.o - X) / X.size; k = d @ self.W * (1 - self.h ** 2)
        self.c -= lr * d.sum(0)
        gW = X.T @ k + d.T @ self.h
        self.b -= lr * k.sum(0)
        self.W -= lr * gW
        return l
def _n(p): n = AE(); n.W, n.b, n.c = p["W"], p["b"], p["c"]; return n
def _g(p): n = _n(p); n.loss(X); d = 2 * (n.o - X) / X.size; k = d @ n.W * (1 - n.h ** 2); return {"W": X.T @ k + d.T @ n.h, "b": k.sum(0), "c": d.sum(0)}
def train(steps=30): n = AE(); return [n.step(X, .5) for _ in range(steps)], n
def case(): n = AE(); return dict(params={k: getattr(n, k) for k in "Wbc"}, loss=lambda p: _n(p).loss(X), grads=_g, lr=.5, steps=30, train=train)
