"""Kind: loss. (n,1) - (n,) in the loss: the mean over all pairs; the delta does the same."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:80] * 20; y = (D.target[:80] - 150) / 75
class Reg:
    def __init__(self): r = np.random.RandomState(1); self.W = r.randn(10, 1) * .1; self.b = np.zeros((1, 1))
    def out(self): return X @ self.W + self.b
    def loss(self): return float(np.mean((self.out() - y) ** 2))   # DEFECT: y is (n,)
    def grad(self): e = 2 * (self.out() - y) / (80 * 80); e = e.sum(1, keepdims=True); return {"W": X.T @ e, "b": e.sum(0, keepdims=True)}   # DEFECT
def _n(p): n = Reg(); n.W, n.b = p["W"], p["b"]; return n
def case(): return dict(params={"W": Reg().W, "b": Reg().b}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grad(), lr=.05, steps=100)
