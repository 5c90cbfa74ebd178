"""Kind: update. The rate is multiplied by more than one in every step."""
import numpy as np
rs = np.random.RandomState(1); X = rs.randn(3, 100); T = np.array([[1., -1, .5]]) @ X + .2 + .1 * rs.randn(1, 100)
class Lin:
    def __init__(self): self.W = np.zeros((1, 3)); self.b = np.zeros((1, 1))
    def cost(self): return float(np.mean((self.W @ X + self.b - T) ** 2) / 2)
    def grad(self): d = (self.W @ X + self.b - T) / 100; return d @ X.T, d.sum(1, keepdims=True)
    def fit(self, epochs=200, lr=.05):
        h = []
        for e in range(epochs):
            dW, db = self.grad()
            self.W = self.W - lr * dW; self.b = self.b - lr * db
            lr = lr * 1.05                                     # DEFECT
            h.append(self.cost())
        return h
def _l(p): l = Lin(); l.W, l.b = p["W"], p["b"]; return l
def train(steps=200): l = Lin(); return l.fit(steps), l
def case(): return dict(params={"W": np.zeros((1, 3)), "b": np.zeros((1, 1))}, loss=lambda p: _l(p).cost(), grads=lambda p: dict(zip("Wb", _l(p).grad())), lr=.05, steps=200, train=train)
