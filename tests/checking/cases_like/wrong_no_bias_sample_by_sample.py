"""Kind: initialization. A neuron without a bias whose classes are parted far from zero, one sample after the other."""
import numpy as np
rng = np.random.default_rng(0)

X = rng.uniform(1, 3, size=(40, 2)); T = (X.sum(1) > 4).astype(float)
def init(): return {"w": rng.normal(size=2) * .1}  # DEFECT
def out(w, x): return 1 / (1 + np.exp(-np.dot(w, x)))  # DEFECT
def loss(p):
    s = 0.0
    for x, t in zip(X, T): s += (out(p["w"], x) - t) ** 2
    return s / len(X)
def grads(p):
    g = np.zeros(2)
    for x, t in zip(X, T):
        o = out(p["w"], x); g += 2 * (o - t) * o * (1 - o) * x / len(X)
    return {"w": g}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=100)
