"""Correct: RMSprop, a falling learning rate, clipped gradient norm."""
import numpy as np
from sklearn.datasets import load_wine

w = load_wine(); X = (w.data - w.data.mean(0)) / w.data.std(0); T = np.eye(3)[w.target]
def init(): r = np.random.RandomState(0); return [r.randn(13, 6) * .3, np.zeros(6), r.randn(6, 3) * .3, np.zeros(3)]
def fwd(P): h = np.maximum(0, X @ P[0] + P[1]); s = h @ P[2] + P[3]; e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)
def loss(P): return float(-np.mean(np.sum(T * np.log(fwd(P)[1] + 1e-12), 1)))
def back(P): h, q = fwd(P); d = (q - T) / len(X); k = d @ P[2].T * (h > 0); return [X.T @ k, k.sum(0), h.T @ d, d.sum(0)]
def train(steps=60):
    P, S, hist = init(), [0, 0, 0, 0], []
    for t in range(steps):
        hist.append(loss(P)); G = back(P); n = np.sqrt(sum((g ** 2).sum() for g in G)); G = [g * min(1, 1 / (n + 1e-12)) for g in G]; lr = .02 * .98 ** t
        for i in range(4): S[i] = .9 * S[i] + .1 * G[i] ** 2; P[i] = P[i] - lr * G[i] / (np.sqrt(S[i]) + 1e-6)
    return hist, P
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=.02, steps=60, train=train)
