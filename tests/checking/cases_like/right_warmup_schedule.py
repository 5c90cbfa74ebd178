"""Correct: the rate warms up, then falls; Adagrad's sums are never reset, as they should be."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(140, noise=.05, factor=.5, random_state=4); y = y[:, None]
def init(): r = np.random.RandomState(2); return [r.randn(2, 7), np.zeros((1, 7)), r.randn(7, 1), np.zeros((1, 1))]
def fwd(P): h = np.maximum(.1 * (z := X @ P[0] + P[1]), z); return z, h, 1 / (1 + np.exp(-(h @ P[2] + P[3])))
def loss(P): o = np.clip(fwd(P)[2], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def back(P): z, h, o = fwd(P); d = (o - y) / len(X); k = d @ P[2].T * np.where(z > 0, 1, .1); return [X.T @ k, k.sum(0, keepdims=True), h.T @ d, d.sum(0, keepdims=True)]
def train(steps=60):
    P = init(); S = [np.zeros_like(w) for w in P]; h = []
    for t in range(1, steps + 1):
        lr = .5 * min(t / 10, np.sqrt(10 / t)); h.append(loss(P))
        for i, g in enumerate(back(P)): S[i] += g * g; P[i] = P[i] - lr * g / (np.sqrt(S[i]) + 1e-8)
    return h, P
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=.5, steps=60, train=train)
