"""Kind: gradient. The hidden bias gets the error from before the slope."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.15, random_state=14); X = X.T; Y = y[None].astype(float)
def init(): r = np.random.RandomState(1); return [r.randn(5, 2), r.randn(5, 1) * .3, r.randn(1, 5), np.zeros((1, 1))]
def fwd(P): a = 1 / (1 + np.exp(-(P[0] @ X + P[1]))); return a, 1 / (1 + np.exp(-(P[2] @ a + P[3])))
def loss(P): o = np.clip(fwd(P)[1], 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))
def back(P):
    a, o = fwd(P); d2 = (o - Y) / 150; e1 = P[2].T @ d2; d1 = e1 * a * (1 - a)
    return [d1 @ X.T, e1.sum(1, keepdims=True), d2 @ a.T, d2.sum(1, keepdims=True)]   # DEFECT: d1.sum for the bias
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=1., steps=200)
