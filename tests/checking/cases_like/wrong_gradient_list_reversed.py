"""Kind: optimizer. Gradients come from the last layer to the first, the update zips them in the other order (square layers)."""
import numpy as np
r = np.random.RandomState(3); X = r.randn(5, 70); Y = np.tanh(X[::-1])
class Net:
    def __init__(self): q = np.random.RandomState(4); self.W = [q.randn(5, 5) * .5 for _ in range(3)]
    def f(self): self.a = [X]; [self.a.append(np.tanh(w @ self.a[-1])) for w in self.W]; return self.a[-1]
    def loss(self): return float(np.mean((self.f() - Y) ** 2))
    def grads(self):
        d = 2 * (self.f() - Y) / Y.size; g = []
        for i in (2, 1, 0): d = d * (1 - self.a[i + 1] ** 2); g.append(d @ self.a[i].T); d = self.W[i].T @ d
        return g
    def step(self, lr=.5):
        for i, g in enumerate(self.grads()): self.W[i] = self.W[i] - lr * g   # DEFECT: reversed(self.grads())
def _n(p): n = Net(); n.W = [p["W0"], p["W1"], p["W2"]]; return n
def train(steps=60):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.step()
    return h, n
def case(): return dict(params={f"W{i}": w for i, w in enumerate(Net().W)}, loss=lambda p: _n(p).loss(), grads=lambda p: {f"W{2 - i}": g for i, g in enumerate(_n(p).grads())}, lr=.5, steps=60, train=train)
