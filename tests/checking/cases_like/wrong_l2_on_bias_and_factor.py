"""Kind: gradient. The loss has lam * sum(W**2), the gradient lam * W."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = np.c_[D.data * 20, np.ones(len(D.data))]; t = (D.target - 150) / 75
class Ridge:
    def __init__(self, lam=.3): self.w, self.lam = np.random.RandomState(0).randn(11) * .3, lam
    def loss(self): return float(np.mean((X @ self.w - t) ** 2) + self.lam * np.sum(self.w ** 2))
    def gradient(self):
        return 2 * X.T @ (X @ self.w - t) / len(t) + self.lam * self.w   # DEFECT: 2 * self.lam * self.w
def _m(p): m = Ridge(); m.w = p["w"]; return m
def case(): return dict(params={"w": Ridge().w}, loss=lambda p: _m(p).loss(), grads=lambda p: {"w": _m(p).gradient()}, lr=.05, steps=100)
