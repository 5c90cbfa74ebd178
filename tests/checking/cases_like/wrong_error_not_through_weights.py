"""Kind: gradient. Hidden error is the plain output error (broadcast), not passed through V."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(120, noise=.05, factor=.4, random_state=3); y = y[:, None]
class Net:
    def __init__(self): r = np.random.RandomState(3); self.W, self.b, self.V, self.c = r.randn(2, 6), np.zeros(6), r.randn(6, 1), np.zeros(1)
    def f(self): self.h = np.tanh(X @ self.W + self.b); return 1 / (1 + np.exp(-(self.h @ self.V + self.c)))
    def loss(self): o = np.clip(self.f(), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def g(self):
        d = (self.f() - y) / len(X)
        k = d * (1 - self.h ** 2)                                  # DEFECT: (d @ V.T) * ...
        return {"W": X.T @ k, "b": k.sum(0), "V": self.h.T @ d, "c": d.sum(0)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in "WbVc"}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).g(), lr=.5, steps=200)
