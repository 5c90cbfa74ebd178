"""Kind: update. backward already takes the step, and update takes it again."""
import numpy as np

g = np.random.RandomState(6); inp = g.uniform(-2, 2, (100, 3)); out = inp @ np.array([[1.], [-2.], [.5]]) + .7
class Linear:
    def __init__(self): self.W = np.zeros((3, 1)); self.b = np.zeros(1); self.lr = .6
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, d):
        self.dW = self.x.T @ d; self.db = d.sum(0)
        self.W = self.W - self.lr * self.dW; self.b = self.b - self.lr * self.db       # DEFECT
    def update(self):
        self.W = self.W - self.lr * self.dW; self.b = self.b - self.lr * self.db       # DEFECT
def mse(layer): return float(.5 * np.mean((layer.forward(inp) - out) ** 2))
def train(steps=60):
    L, hist = Linear(), []
    for _ in range(steps):
        d = (L.forward(inp) - out) / len(inp)
        L.backward(d); L.update(); hist.append(mse(L))
    return hist, L
def _l(p): L = Linear(); L.W, L.b = p["W"], p["b"]; return L
def _g(p): L = _l(p); L.backward((L.forward(inp) - out) / len(inp)); return {"W": L.dW, "b": L.db}
def case(): return dict(params={"W": np.zeros((3, 1)), "b": np.zeros(1)}, loss=lambda p: mse(_l(p)), grads=_g, lr=.6, steps=60, train=train)
