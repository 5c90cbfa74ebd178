"""Kind: reporting. The epoch's loss is the sum over the batches since the first epoch, divided by nothing."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:500] / 16; T = np.eye(10)[d.target[:500]]
class SM:
    def __init__(self): self.W, self.b = np.zeros((64, 10)), np.zeros(10)
    def p(self, X): s = X @ self.W + self.b; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
    def loss(self, X, T): return float(-np.sum(T * np.log(self.p(X) + 1e-12)) / len(X))
    def grad(self, X, T): g = (self.p(X) - T) / len(X); return X.T @ g, g.sum(0)
def _m(p): m = SM(); m.W, m.b = p["W"], p["b"]; return m
def train(steps=10, lr=.5):
    m, shown, total = SM(), [], 0.
    for _ in range(steps):
        for s in range(0, 500, 50):
            gW, gb = m.grad(X[s:s + 50], T[s:s + 50]); m.W = m.W - lr * gW; m.b = m.b - lr * gb
            total += m.loss(X[s:s + 50], T[s:s + 50])              # DEFECT: total = 0 at the start of each epoch
        shown.append(total / 10)                                   # DEFECT
    return shown, m
def case(): return dict(params={"W": SM().W, "b": SM().b}, loss=lambda p: _m(p).loss(X, T), grads=lambda p: dict(zip("Wb", _m(p).grad(X, T))), lr=.5, steps=10, train=train)
