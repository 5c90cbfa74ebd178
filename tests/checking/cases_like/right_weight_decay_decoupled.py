"""Correct: decoupled weight decay in the update alone; momentum as a moving average."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(160, noise=.05, factor=.5, random_state=1); y = y[:, None]
def init(): r = np.random.RandomState(2); return [r.randn(2, 8), np.zeros((1, 8)), r.randn(8, 1), np.zeros((1, 1))]
def fwd(P): h = np.tanh(X @ P[0] + P[1]); return h, 1 / (1 + np.exp(-(h @ P[2] + P[3])))
def loss(P): o = np.clip(fwd(P)[1], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def back(P): h, o = fwd(P); d = (o - y) / len(X); k = d @ P[2].T * (1 - h * h); return [X.T @ k, k.sum(0, keepdims=True), h.T @ d, d.sum(0, keepdims=True)]
def train(steps=80, lr=.5, beta=.9, wd=1e-3):
    P = init(); M = [np.zeros_like(w) for w in P]; hist = []
    for _ in range(steps):
        hist.append(loss(P)); G = back(P); M = [beta * m + (1 - beta) * g for m, g in zip(M, G)]
        P = [w - lr * m - (lr * wd * w if i % 2 == 0 else 0) for i, (w, m) in enumerate(zip(P, M))]
    return hist, P
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=.5, steps=80, train=train)
