"""Correct: dropout with inverted scaling, a fresh mask for each step, none at test time."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(200, noise=.2, random_state=3); y = y[:, None]
class Net:
    def __init__(self, seed=0): r = np.random.RandomState(seed); self.W1, self.b1, self.W2, self.b2 = r.randn(2, 16), np.zeros((1, 16)), r.randn(16, 1) * .3, np.zeros((1, 1)); self.rng = np.random.RandomState(1); self.keep = .8
    def forward(self, X, training=False):
        self.a = np.tanh(X @ self.W1 + self.b1); self.m = (self.rng.rand(*self.a.shape) < self.keep) / self.keep if training else np.ones_like(self.a)
        self.d = self.a * self.m; return 1 / (1 + np.exp(-(self.d @ self.W2 + self.b2)))
    def loss(self): o = np.clip(self.forward(X), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def grads(self, training=False): e = (self.forward(X, training) - y) / len(X); k = e @ self.W2.T * self.m * (1 - self.a ** 2); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": self.d.T @ e, "b2": e.sum(0, keepdims=True)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def train(steps=50, lr=.5):
    n, h = Net(), []
    for _ in range(steps):
        for k, g in n.grads(True).items(): setattr(n, k, getattr(n, k) - lr * g)
        h.append(n.loss())
    return h, n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(), lr=.5, steps=50, train=train)
