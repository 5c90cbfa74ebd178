"""Correct: gradient ascent on the log-likelihood, given as the negated gradient of the loss."""
import numpy as np
from sklearn.datasets import make_blobs

X, t = make_blobs(200, centers=[[0, 0], [3, 3]], random_state=0); y = t.astype(float)
class Logit:
    def __init__(self): self.w = np.zeros(2); self.b = np.zeros(1)
    def p(self): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def loglik(self): q = np.clip(self.p(), 1e-12, 1 - 1e-12); return float(np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
    def ascent(self): e = (y - self.p()) / len(y); return X.T @ e, np.array([e.sum()])
    def fit(self, n=60, lr=.2):
        h = []
        for _ in range(n): dw, db = self.ascent(); self.w += lr * dw; self.b += lr * db; h.append(-self.loglik())
        return h
def _m(p): m = Logit(); m.w, m.b = p["w"], p["b"]; return m
def train(steps=60): m = Logit(); return m.fit(steps), m
def case(): return dict(params={"w": np.zeros(2), "b": np.zeros(1)}, loss=lambda p: -_m(p).loglik(), grads=lambda p: {k: -v for k, v in zip("wb", _m(p).ascent())}, lr=.2, steps=60, train=train)
