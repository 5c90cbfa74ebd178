"""Kind: init. Weights of zeros with tanh: nothing ever moves but the output bias."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(120, noise=.1, random_state=6); y = y[:, None]
class Net:
    def __init__(self):
        self.W1 = np.zeros((2, 5)); self.b1 = np.zeros((1, 5))     # DEFECT: random
        self.W2 = np.zeros((5, 1)); self.b2 = np.zeros((1, 1))     # DEFECT
    def fwd(self): self.a = np.tanh(X @ self.W1 + self.b1); return 1 / (1 + np.exp(-(self.a @ self.W2 + self.b2)))
    def loss(self): o = np.clip(self.fwd(), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def bwd(self): d = (self.fwd() - y) / len(X); k = d @ self.W2.T * (1 - self.a ** 2); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": self.a.T @ d, "b2": d.sum(0, keepdims=True)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).bwd(), lr=1., steps=300)
