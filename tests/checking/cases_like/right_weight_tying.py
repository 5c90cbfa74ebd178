"""Correct: an autoencoder whose decoder is the transpose of its encoder."""
import numpy as np
from sklearn.datasets import load_digits

X = load_digits().data[:80] / 16
s = lambda z: 1 / (1 + np.exp(-z))
class Tied:
    def __init__(self): self.W = np.random.RandomState(0).randn(64, 9) * .1; self.b = np.zeros(9); self.c = np.zeros(64)
    def run(self): self.h = s(X @ self.W + self.b); return s(self.h @ self.W.T + self.c)
    def loss(self): return float(.5 * np.sum((self.run() - X) ** 2) / len(X))
    def grads(self): o = self.run(); d = (o - X) / len(X) * o * (1 - o); k = d @ self.W * self.h * (1 - self.h); return {"W": X.T @ k + d.T @ self.h, "b": k.sum(0), "c": d.sum(0)}
def _n(p): n = Tied(); n.__dict__.update(p); return n
def case(): n = Tied(); return dict(params={k: getattr(n, k) for k in "Wbc"}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(), lr=.5, steps=80)
