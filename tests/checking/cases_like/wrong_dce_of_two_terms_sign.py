"""Kind: gradient. dA = -(Y / A) + (1 - Y) / (1 - A) is right; here the second sign is wrong."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = ((b.data - b.data.mean(0)) / b.data.std(0))[:150].T; Y = b.target[:150].reshape(1, -1)
class Net:
    def __init__(self): r = np.random.RandomState(1); self.W1, self.b1, self.W2, self.b2 = r.randn(4, 30) * .2, np.zeros((4, 1)), r.randn(1, 4) * .4, np.zeros((1, 1))
    def f(self): self.A1 = np.maximum(0, self.W1 @ X + self.b1); self.A2 = 1 / (1 + np.exp(-(self.W2 @ self.A1 + self.b2))); return self.A2
    def cost(self): A = self.f(); return float(-np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A)))
    def back(self):
        self.f(); m = Y.size; A = self.A2
        dA = -(Y / A) - (1 - Y) / (1 - A)                          # DEFECT: +
        dZ = dA * A * (1 - A); dH = self.W2.T @ dZ * (self.A1 > 0)
        return {"W1": dH @ X.T / m, "b1": dH.sum(1, keepdims=True) / m, "W2": dZ @ self.A1.T / m, "b2": dZ.sum(1, keepdims=True) / m}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).cost(), grads=lambda p: _n(p).back(), lr=.1, steps=100)
