"""Correct: hinge loss with labels -1/+1 and a penalty on w alone (a linear output, no sigmoid)."""
import numpy as np
from sklearn.datasets import make_blobs

X, t = make_blobs(150, centers=[[-1, -1], [1.5, 1]], random_state=3); y = np.where(t == 1, 1., -1.); lam = .01
class SVM:
    def __init__(self): self.w = np.array([.2, -.1]); self.b = 0.
    def loss(self): return float(np.mean(np.maximum(0, 1 - y * (X @ self.w + self.b))) + lam * self.w @ self.w)
    def grad(self): on = (y * (X @ self.w + self.b) < 1) * y / len(y); return -on @ X + 2 * lam * self.w, -on.sum()
def _s(p): s = SVM(); s.w, s.b = p["w"], p["b"][0]; return s
def case(): return dict(params={"w": np.array([.2, -.1]), "b": np.zeros(1)}, loss=lambda p: _s(p).loss(), grads=lambda p: (lambda g: {"w": g[0], "b": np.array([g[1]])})(_s(p).grad()), lr=.1, steps=200, kinks=True)
