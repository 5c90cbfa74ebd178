"""Kind: optimizer. W += lr * dW goes uphill."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(100, noise=.1, random_state=5); y = y[:, None]
class Net:
    def __init__(self): r = np.random.RandomState(1); self.W1, self.b1, self.W2, self.b2 = r.randn(2, 5), np.zeros((1, 5)), r.randn(5, 1), np.zeros((1, 1))
    def f(self): self.a = np.tanh(X @ self.W1 + self.b1); return 1 / (1 + np.exp(-(self.a @ self.W2 + self.b2)))
    def loss(self): o = np.clip(self.f(), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def g(self): d = (self.f() - y) / len(X); k = d @ self.W2.T * (1 - self.a ** 2); return X.T @ k, k.sum(0, keepdims=True), self.a.T @ d, d.sum(0, keepdims=True)
    def step(self, lr=.1):
        dW1, db1, dW2, db2 = self.g()
        self.W1 += lr * dW1                                        # DEFECT: -=
        self.b1 += lr * db1                                        # DEFECT
        self.W2 += lr * dW2                                        # DEFECT
        self.b2 += lr * db2                                        # DEFECT
K = ("W1", "b1", "W2", "b2")
def _n(p): n = Net(); n.__dict__.update({k: v.copy() for k, v in p.items()}); return n
def train(steps=50):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.step()
    return h, n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in K}, loss=lambda p: _n(p).loss(), grads=lambda p: dict(zip(K, _n(p).g())), lr=.1, steps=50, train=train)
