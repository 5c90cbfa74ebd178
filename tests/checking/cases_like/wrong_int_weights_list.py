"""Kind: data (dtype). Weights from randint: in-place assignment cuts the fractions."""
import numpy as np
rows = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]); want = np.array([[0], [0], [0], [1]])
class Unit:
    def __init__(self): self.w = np.random.RandomState(0).randint(-1, 2, (3, 1))   # DEFECT: integers
    def out(self): return 1 / (1 + np.exp(-rows @ self.w))
    def loss(self): return float(np.mean((self.out() - want) ** 2))
    def grad(self): o = self.out(); return rows.T @ (2 * (o - want) / 4 * o * (1 - o))
    def fit(self, n=100, lr=.5):
        h = []
        for _ in range(n): h.append(self.loss()); self.w[:] = self.w - lr * self.grad()
        return h
def _u(p): u = Unit(); u.w = p["w"]; return u
def train(steps=100): u = Unit(); return u.fit(steps), u
def case(): return dict(params={"w": Unit().w}, loss=lambda p: _u(p).loss(), grads=lambda p: {"w": _u(p).grad()}, lr=.5, steps=100, train=train)
