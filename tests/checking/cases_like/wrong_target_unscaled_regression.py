"""Kind: data/loss. Regression targets of 25..346 behind a sigmoid."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data.T * 20; Y = D.target.reshape(1, -1)           # DEFECT: targets must lie in (0, 1)
class Net:
    def __init__(self, seed=0): r = np.random.default_rng(seed); self.w1, self.b1, self.w2, self.b2 = r.normal(0, .3, (6, 10)), np.zeros((6, 1)), r.normal(0, .3, (1, 6)), np.zeros((1, 1))
    def forward(self): self.a1 = np.tanh(self.w1 @ X + self.b1); self.a2 = 1 / (1 + np.exp(-(self.w2 @ self.a1 + self.b2))); return self.a2
    def loss(self): return float(.5 * np.mean((self.forward() - Y) ** 2))
    def backward(self):
        m = X.shape[1]; self.forward(); d2 = (self.a2 - Y) / m * self.a2 * (1 - self.a2); d1 = self.w2.T @ d2 * (1 - self.a1 ** 2)
        return {"w1": d1 @ X.T, "b1": d1.sum(1, keepdims=True), "w2": d2 @ self.a1.T, "b2": d2.sum(1, keepdims=True)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("w1", "b1", "w2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).backward(), lr=.1, steps=100)
