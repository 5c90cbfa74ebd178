"""Correct: pairs are shuffled together, the last batch is smaller; the loss shown is the mean over batches."""
import random
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); Z = (b.data - b.data.mean(0)) / b.data.std(0); XS, YS = Z[:190], b.target[:190].astype(float)
class P:
    def __init__(self): self.w = np.zeros(30); self.b = 0.
    def p(self, X): return 1 / (1 + np.exp(-(X @ self.w + self.b)))
    def loss(self, X, y): q = np.clip(self.p(X), 1e-9, 1 - 1e-9); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
    def grad(self, X, y): e = (self.p(X) - y) / len(y); return X.T @ e, e.sum()
    def fit(self, epochs=8, lr=.1, bs=16):
        pairs = list(zip(XS, YS)); rnd = random.Random(0); h = []
        for _ in range(epochs):
            rnd.shuffle(pairs); total = 0.
            for s in range(0, len(pairs), bs):
                X = np.array([x for x, _ in pairs[s:s + bs]]); y = np.array([t for _, t in pairs[s:s + bs]]); total += self.loss(X, y) * len(y)
                gw, gb = self.grad(X, y); self.w = self.w - lr * gw; self.b = self.b - lr * gb
            h.append(total / len(pairs))
        return h
def _m(p): m = P(); m.w, m.b = p["w"], p["b"][0]; return m
def train(steps=8): m = P(); return m.fit(steps), m
def case(): return dict(params={"w": np.zeros(30), "b": np.zeros(1)}, loss=lambda p: _m(p).loss(XS, YS), grads=lambda p: (lambda g: {"w": g[0], "b": np.array([g[1]])})(_m(p).grad(XS, YS)), lr=.1, steps=8, train=train)
