"""Correct: ELU, slope from the output (a + alpha for the negative part)."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:100] * 20; y = (D.target[:100, None] - 150) / 75
class Net:
    def __init__(self): r = np.random.RandomState(0); self.W1, self.b1, self.W2, self.b2 = r.randn(10, 6) * .3, np.zeros(6), r.randn(6, 1) * .3, np.zeros(1)
    def f(self): z = X @ self.W1 + self.b1; self.a = np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1); return self.a @ self.W2 + self.b2
    def loss(self): return float(np.mean((self.f() - y) ** 2))
    def g(self): e = 2 * (self.f() - y) / len(X); k = e @ self.W2.T * np.where(self.a > 0, 1, self.a + 1); return {"W1": X.T @ k, "b1": k.sum(0), "W2": self.a.T @ e, "b2": e.sum(0)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).g(), lr=.05, steps=100)
