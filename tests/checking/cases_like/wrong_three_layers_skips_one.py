"""Kind: gradient. The error of layer 1 is taken from layer 3's delta."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:100] / 16; T = np.eye(10)[d.target[:100]]
def init(): r = np.random.RandomState(3); return {"W1": r.randn(64, 10) * .2, "b1": np.zeros(10), "W2": r.randn(10, 10) * .4, "b2": np.zeros(10), "W3": r.randn(10, 10) * .4, "b3": np.zeros(10)}
def fwd(p): a1 = np.tanh(X @ p["W1"] + p["b1"]); a2 = np.tanh(a1 @ p["W2"] + p["b2"]); s = a2 @ p["W3"] + p["b3"]; e = np.exp(s - s.max(1, keepdims=True)); return a1, a2, e / e.sum(1, keepdims=True)
def loss(p): return float(-np.mean(np.sum(T * np.log(fwd(p)[2] + 1e-12), 1)))
def grads(p):
    a1, a2, q = fwd(p); d3 = (q - T) / 100
    d2 = d3 @ p["W3"].T * (1 - a2 ** 2)
    d1 = d3 @ p["W2"].T * (1 - a1 ** 2)                            # DEFECT: d2 @ W2.T
    return {"W1": X.T @ d1, "b1": d1.sum(0), "W2": a1.T @ d2, "b2": d2.sum(0), "W3": a2.T @ d3, "b3": d3.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
