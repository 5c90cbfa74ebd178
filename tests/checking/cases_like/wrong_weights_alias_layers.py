"""Kind: aliasing. Two layers share one array: [W] * 2."""
import numpy as np
r = np.random.default_rng(3); X = r.normal(size=(60, 4)); y = np.sin(X @ r.normal(size=(4, 1)))
class Net:
    def __init__(self): q = np.random.default_rng(4); self.W = [q.normal(0, .5, (4, 4))] * 2 + [q.normal(0, .5, (4, 1))]   # DEFECT: one array for two layers
    def f(self): self.a = [X]; [self.a.append(np.tanh(self.a[-1] @ w)) for w in self.W[:2]]; return self.a[-1] @ self.W[2]
    def loss(self): return float(np.mean((self.f() - y) ** 2))
    def grads(self):
        d = 2 * (self.f() - y) / len(y); g = [0, 0, self.a[2].T @ d]
        for i in (1, 0): d = d @ self.W[i + 1].T * (1 - self.a[i + 1] ** 2); g[i] = self.a[i].T @ d
        return g
    def step(self, lr=.1):
        for w, g in zip(self.W, self.grads()): w -= lr * g         # DEFECT
def _n(p): n = Net(); n.W = [p["W0"], p["W1"], p["W2"]]; return n
def train(steps=50):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.step()
    return h, n
def case(): return dict(params={f"W{i}": w.copy() for i, w in enumerate(Net().W)}, loss=lambda p: _n(p).loss(), grads=lambda p: {f"W{i}": g for i, g in enumerate(_n(p).grads())}, lr=.1, steps=50, train=train)
