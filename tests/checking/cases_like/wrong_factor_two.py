"""Kind: gradient. mean((o - y)**2) without the 2."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); A = np.c_[D.data * 20, np.ones(len(D.data))]; t = (D.target - 150) / 75
class Linear:
    def __init__(self): self.theta = np.random.RandomState(0).randn(11) * .1
    def mse(self): return float(np.mean((A @ self.theta - t) ** 2))
    def gradient(self): return A.T @ (A @ self.theta - t) / len(t)  # DEFECT: 2 *
    def fit(self, n=50, lr=.05):
        h = []
        for _ in range(n): h.append(self.mse()); self.theta = self.theta - lr * self.gradient()
        return h
def _l(p): l = Linear(); l.theta = p["theta"]; return l
def case(): return dict(params={"theta": Linear().theta}, loss=lambda p: _l(p).mse(), grads=lambda p: {"theta": _l(p).gradient()}, lr=.05, steps=50)
