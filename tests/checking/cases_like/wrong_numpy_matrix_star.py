"""Kind: gradient. The output slope is multiplied before the dot in another order: sum over the batch is lost for the bias."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(90, noise=.1, random_state=2); y = y[:, None]
class Net:
    def __init__(self): r = np.random.RandomState(1); self.w1, self.b1, self.w2, self.b2 = r.randn(2, 6), np.zeros((1, 6)), r.randn(6, 1), np.zeros((1, 1))
    def f(self): self.z1 = X @ self.w1 + self.b1; self.a1 = 1 / (1 + np.exp(-self.z1)); self.z2 = self.a1 @ self.w2 + self.b2; self.a2 = 1 / (1 + np.exp(-self.z2)); return self.a2
    def loss(self): return float(np.mean((self.f() - y) ** 2))
    def back(self):
        self.f(); d2 = 2 * (self.a2 - y) / len(X) * self.a2 * (1 - self.a2); d1 = d2 @ self.w2.T * self.a1 * (1 - self.a1)
        return {"w1": X.T @ d1, "b1": np.mean(d1, axis=0, keepdims=True), "w2": self.a1.T @ d2, "b2": d2.sum(0, keepdims=True)}   # DEFECT: np.sum
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("w1", "b1", "w2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).back(), lr=1., steps=200)
