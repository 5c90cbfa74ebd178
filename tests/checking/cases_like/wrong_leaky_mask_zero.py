"""Kind: gradient. Leaky forward, plain ReLU backward."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.1, random_state=9); y = y[:, None]
def init(): r = np.random.RandomState(4); return [r.randn(2, 9) * .8, np.zeros(9), r.randn(9, 1) * .5, np.zeros(1)]
def fwd(P): z = X @ P[0] + P[1]; h = np.maximum(.2 * z, z); return z, h, 1 / (1 + np.exp(-(h @ P[2] + P[3])))
def loss(P): o = np.clip(fwd(P)[2], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def back(P):
    z, h, o = fwd(P); e = (o - y) / len(X)
    k = e @ P[2].T * (z > 0)                                       # DEFECT: np.where(z > 0, 1, .2)
    return [X.T @ k, k.sum(0), h.T @ e, e.sum(0)]
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=.5, steps=200)
