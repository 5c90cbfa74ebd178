"""Kind: gradient. Leaky ReLU with 0.1 forward and 0.01 backward."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:100].T * 20; Y = (D.target[:100].reshape(1, -1) - 150) / 75
def leaky(z): return np.where(z > 0, z, .1 * z)
def dleaky(z): return np.where(z > 0, 1., .01)                     # DEFECT: .1
class Net:
    def __init__(self): r = np.random.RandomState(4); self.W1, self.b1, self.W2, self.b2 = r.randn(7, 10) * .3, np.zeros((7, 1)), r.randn(1, 7) * .4, np.zeros((1, 1))
    def f(self): self.z = self.W1 @ X + self.b1; self.h = leaky(self.z); return self.W2 @ self.h + self.b2
    def loss(self): return float(np.mean((self.f() - Y) ** 2) / 2)
    def b(self): e = (self.f() - Y) / Y.size; k = self.W2.T @ e * dleaky(self.z); return {"W1": k @ X.T, "b1": k.sum(1, keepdims=True), "W2": e @ self.h.T, "b2": e.sum(1, keepdims=True)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).b(), lr=.05, steps=100)
