"""Kind: gradient. dsigmoid applies sigmoid again to the activated value."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(150, noise=.05, factor=.4, random_state=2); y = y[:, None].astype(float)
def sig(z, d=False): s = 1 / (1 + np.exp(-z)); return s * (1 - s) if d else s
def init(): r = np.random.RandomState(1); return {"w1": r.randn(2, 6), "b1": np.zeros((1, 6)), "w2": r.randn(6, 1), "b2": np.zeros((1, 1))}
def fwd(p): a = sig(X @ p["w1"] + p["b1"]); return a, sig(a @ p["w2"] + p["b2"])
def loss(p): return float(.5 * np.mean((fwd(p)[1] - y) ** 2))
def grads(p):
    a, o = fwd(p); d2 = (o - y) / len(X) * o * (1 - o)
    d1 = (d2 @ p["w2"].T) * sig(a, True)                           # DEFECT: sig(z1, True) or a * (1 - a)
    return {"w1": X.T @ d1, "b1": d1.sum(0, keepdims=True), "w2": a.T @ d2, "b2": d2.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=1., steps=200)
