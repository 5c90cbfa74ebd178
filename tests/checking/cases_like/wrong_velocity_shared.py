"""Kind: optimizer. One velocity for all layers (a list of references to the same array)."""
import numpy as np
r = np.random.default_rng(2); X = r.normal(size=(80, 4)); y = np.sin(X.sum(1, keepdims=True))
class MLP:
    def __init__(self): q = np.random.default_rng(3); self.W = [q.normal(0, .5, (4, 4)), q.normal(0, .5, (4, 4)), q.normal(0, .5, (4, 1))]; self.vel = [np.zeros((4, 4))] * 2 + [np.zeros((4, 1))]   # DEFECT
    def forward(self): self.a = [X]; [self.a.append(np.tanh(self.a[-1] @ w)) for w in self.W[:2]]; return self.a[-1] @ self.W[2]
    def loss(self): return float(np.mean((self.forward() - y) ** 2))
    def grads(self):
        d = 2 * (self.forward() - y) / len(y); g = [None] * 3; g[2] = self.a[2].T @ d
        for i in (1, 0): d = d @ self.W[i + 1].T * (1 - self.a[i + 1] ** 2); g[i] = self.a[i].T @ d
        return g
    def step(self, lr=.05, mu=.9):
        for i, g in enumerate(self.grads()):
            self.vel[i] *= mu; self.vel[i] -= lr * g               # DEFECT
            self.W[i] = self.W[i] + self.vel[i]
def _n(p): n = MLP(); n.W = [p["W0"], p["W1"], p["W2"]]; return n
def train(steps=60):
    n, h = MLP(), []
    for _ in range(steps): h.append(n.loss()); n.step()
    return h, n
def case(): return dict(params={f"W{i}": w for i, w in enumerate(MLP().W)}, loss=lambda p: _n(p).loss(), grads=lambda p: {f"W{i}": g for i, g in enumerate(_n(p).grads())}, lr=.05, steps=60, train=train)
