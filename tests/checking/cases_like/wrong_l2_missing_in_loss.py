"""Kind: gradient. The gradient has the penalty, the loss that is shown has not."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.2, random_state=8); y = y.astype(float)
class LR:
    def __init__(self, lam=.1): self.w = np.array([.3, -.2]); self.b = np.zeros(1); self.lam = lam
    def p(self): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def loss(self): q = np.clip(self.p(), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))   # DEFECT: + lam / 2 * w @ w
    def grad(self): e = (self.p() - y) / len(y); return {"w": X.T @ e + self.lam * self.w, "b": np.array([e.sum()])}   # DEFECT
def _n(p): n = LR(); n.w, n.b = p["w"], p["b"]; return n
def case(): return dict(params={"w": np.array([.3, -.2]), "b": np.zeros(1)}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grad(), lr=.5, steps=100)
