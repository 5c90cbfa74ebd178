"""Kind: gradient. Loss is the squared error, the output delta that of cross-entropy."""
import numpy as np
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float); y = np.array([[0], [1], [1], [0]], float)
class XorNet:
    def __init__(self, seed=42): r = np.random.RandomState(seed); self.w0 = r.uniform(-1, 1, (2, 4)); self.b0 = np.zeros(4); self.w1 = r.uniform(-1, 1, (4, 1)); self.b1 = np.zeros(1)
    @staticmethod
    def s(z): return 1 / (1 + np.exp(-z))
    def out(self): self.h = self.s(X @ self.w0 + self.b0); self.o = self.s(self.h @ self.w1 + self.b1); return self.o
    def loss(self): return float(np.mean((y - self.out()) ** 2) / 2)
    def grad(self):
        self.out(); d = (self.o - y) / 4                           # DEFECT: needs * self.o * (1 - self.o) for the squared error
        k = d @ self.w1.T * self.h * (1 - self.h); return {"w0": X.T @ k, "b0": k.sum(0), "w1": self.h.T @ d, "b1": d.sum(0)}
def _n(p): n = XorNet(); n.__dict__.update(p); return n
def case(): n = XorNet(); return dict(params={k: getattr(n, k) for k in ("w0", "b0", "w1", "b1")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grad(), lr=1., steps=300)
