"""Correct: dropout as it was first described, all units made smaller when the network is used."""
import numpy as np
r = np.random.RandomState(2); X = r.randn(160, 4); Y = (X[:, :1] * X[:, 1:2] > 0) * 1.
class Net:
    def __init__(self, p=.4): q = np.random.RandomState(3); self.p, self.gen = p, np.random.RandomState(0); self.W1, self.b1, self.W2, self.b2 = q.randn(4, 20) * .5, np.zeros(20), q.randn(20, 1) * .3, np.zeros(1)
    def forward(self, X, train):
        self.h = np.tanh(X @ self.W1 + self.b1)
        if train:
            self.mask = self.gen.rand(*self.h.shape) > self.p
            self.hd = self.h * self.mask
        else:
            self.mask = 1 - self.p; self.hd = self.h * self.mask
        return 1 / (1 + np.exp(-(self.hd @ self.W2 + self.b2)))
    def loss(self): o = self.forward(X, False); return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))
    def grads(self, train=True): d = (self.forward(X, train) - Y) / len(X); k = d @ self.W2.T * self.mask * (1 - self.h ** 2); return {"W1": X.T @ k, "b1": k.sum(0), "W2": self.hd.T @ d, "b2": d.sum(0)}
def train(steps=100, lr=.5):
    n, h = Net(), []
    for _ in range(steps):
        for k, g in n.grads().items(): setattr(n, k, getattr(n, k) - lr * g)
        h.append(n.loss())
    return h, n
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(False), lr=.5, steps=100, train=train)
