"""Kind: data. The test rows are scaled by their own mean and spread."""
import numpy as np
r = np.random.RandomState(8); raw = np.r_[r.normal([5, 100], [1, 20], (80, 2)), r.normal([8, 160], [1, 20], (80, 2))]; lab = np.repeat([0., 1.], 80)
tr = np.r_[0:70, 80:100]; te = np.r_[70:80, 100:160]
Xtr, ytr, Xte, yte = raw[tr], lab[tr], raw[te], lab[te]
Xtr = (Xtr - Xtr.mean(0)) / Xtr.std(0)
Xte = (Xte - Xte.mean(0)) / Xte.std(0)                         # DEFECT
class LR:
    def __init__(self): self.w, self.b = np.zeros(2), np.zeros(1)
    def p(self, X): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def loss(self, X, y): q = np.clip(self.p(X), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
    def grad(self, X, y): e = (self.p(X) - y) / len(y); return X.T @ e, np.array([e.sum()])
def score(m): return float(np.mean((m.p(Xte) > .5) == yte))
def _m(p): m = LR(); m.w, m.b = p["w"], p["b"]; return m
def case(): return dict(params={"w": np.zeros(2), "b": np.zeros(1)}, loss=lambda p: _m(p).loss(Xtr, ytr), grads=lambda p: dict(zip("wb", _m(p).grad(Xtr, ytr))), lr=.5, steps=200, metric=lambda p: score(_m(p)))
