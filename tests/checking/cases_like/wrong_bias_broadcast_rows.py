"""Kind: gradient. The bias gradient of columns is not summed: db of one sample."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(100, noise=.1, random_state=3); X = X.T; Y = y.reshape(1, -1)
class N:
    def __init__(self): r = np.random.RandomState(1); self.W1, self.b1, self.W2, self.b2 = r.randn(5, 2), np.zeros((5, 1)), r.randn(1, 5), np.zeros((1, 1))
    def fw(self): self.A = np.tanh(self.W1 @ X + self.b1); self.P = 1 / (1 + np.exp(-(self.W2 @ self.A + self.b2))); return self.P
    def loss(self): P = np.clip(self.fw(), 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(P) + (1 - Y) * np.log(1 - P)))
    def bw(self):
        self.fw(); m = 100; d2 = (self.P - Y) / m; d1 = self.W2.T @ d2 * (1 - self.A ** 2)
        return {"W1": d1 @ X.T, "b1": d1[:, [0]],                  # DEFECT: d1.sum(1, keepdims=True)
                "W2": d2 @ self.A.T, "b2": d2.sum(1, keepdims=True)}
def _n(p): n = N(); n.__dict__.update(p); return n
def case(): n = N(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).bw(), lr=1., steps=200)
