"""Correct: sums, not means, in loss and gradient; a small learning rate."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:100] / 16; T = np.eye(10)[d.target[:100]]
s = lambda z: 1 / (1 + np.exp(-z))
def init(): r = np.random.RandomState(0); return {"W1": r.randn(64, 12) * .2, "b1": r.randn(12) * .1, "W2": r.randn(12, 10) * .3, "b2": r.randn(10) * .1}
def fwd(p): h = s(X @ p["W1"] + p["b1"]); return h, s(h @ p["W2"] + p["b2"])
def loss(p): return float(np.square(T - fwd(p)[1]).sum() / 2)
def grads(p): h, o = fwd(p); d = (o - T) * o * (1 - o); k = np.dot(d, p["W2"].T) * h * (1 - h); return {"W1": np.dot(X.T, k), "b1": k.sum(0), "W2": np.dot(h.T, d), "b2": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.02, steps=100)
