"""Kind: optimizer. `for w, g in zip(ws, gs): w = w - lr * g` binds a local name; nothing changes."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); T = np.eye(3)[i.target]
def init(): r = np.random.RandomState(0); return [r.randn(4, 5) * .5, np.zeros(5), r.randn(5, 3) * .5, np.zeros(3)]
def fwd(P): h = np.tanh(X @ P[0] + P[1]); s = h @ P[2] + P[3]; e = np.exp(s - s.max(1, keepdims=True)); return h, e / e.sum(1, keepdims=True)
def loss(P): return float(-np.mean(np.sum(T * np.log(fwd(P)[1] + 1e-12), 1)))
def back(P): h, q = fwd(P); d = (q - T) / 150; k = d @ P[2].T * (1 - h * h); return [X.T @ k, k.sum(0), h.T @ d, d.sum(0)]
def train(steps=50, lr=.5):
    P, hist = init(), []
    for _ in range(steps):
        hist.append(loss(P))
        for w, g in zip(P, back(P)):
            w = w - lr * g                                         # DEFECT: w -= lr * g, or P[i] = ...
    return hist, P
K = "WbVc"
def case(): return dict(params=dict(zip(K, init())), loss=lambda q: loss([q[k] for k in K]), grads=lambda q: dict(zip(K, back([q[k] for k in K]))), lr=.5, steps=50, train=train)
