"""Kind: numerics. No guard in the log; a separable problem and a large step give log(0) after a while."""
import numpy as np
from sklearn.datasets import make_blobs

X, t = make_blobs(200, centers=[[-6, -6], [6, 6]], random_state=0); Y = t.reshape(1, -1).astype(float); X = X.T
class Logit:
    def __init__(self): self.W = np.zeros((1, 2)); self.b = np.zeros((1, 1))
    def A(self): return 1 / (1 + np.exp(-(self.W @ X + self.b)))
    def cost(self): a = self.A(); return float(-np.sum(Y * np.log(a) + (1 - Y) * np.log(1 - a)) / 200)   # DEFECT: needs clip or eps
    def grads(self): d = self.A() - Y; return {"W": d @ X.T / 200, "b": d.sum(1, keepdims=True) / 200}
def _n(p): n = Logit(); n.W, n.b = p["W"], p["b"]; return n
def case(): return dict(params={"W": np.zeros((1, 2)), "b": np.zeros((1, 1))}, loss=lambda p: _n(p).cost(), grads=lambda p: _n(p).grads(), lr=10., steps=300)
