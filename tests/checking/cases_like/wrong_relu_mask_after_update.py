"""Kind: gradient. ReLU layer keeps a reference to x, which forward overwrites: the mask is always of ones."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
class Net:
    def __init__(self): r = np.random.RandomState(5); self.W, self.b, self.V, self.c = r.randn(13, 7) * .3, np.zeros(7), r.randn(7, 3) * .3, np.zeros(3)
    def forward(self): self.z = X @ self.W + self.b; self.h = np.maximum(0, self.z); s = self.h @ self.V + self.c; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
    def loss(self): return float(-np.mean(np.log(self.forward()[np.arange(len(X)), w.target] + 1e-12)))
    def grads(self):
        d = (self.forward() - T) / len(X)
        k = d @ self.V.T * (self.h >= 0)                           # DEFECT: self.h > 0
        return {"W": X.T @ k, "b": k.sum(0), "V": self.h.T @ d, "c": d.sum(0)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in "WbVc"}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(), lr=.5, steps=100)
