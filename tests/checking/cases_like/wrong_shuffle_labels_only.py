"""Kind: data. The index permutes X, y stays."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X0 = (i.data - i.data.mean(0)) / i.data.std(0); T0 = np.eye(3)[i.target]
def init(): r = np.random.RandomState(0); return [r.randn(4, 3) * .1, np.zeros(3)]
def sm(P, X): z = X @ P[0] + P[1]; e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(P, X=X0, T=T0): return float(-np.mean(np.sum(T * np.log(sm(P, X) + 1e-12), 1)))
def grad(P, X=X0, T=T0): d = (sm(P, X) - T) / len(X); return [X.T @ d, d.sum(0)]
def train(steps=15, lr=.5, bs=15):
    P, r, h = init(), np.random.RandomState(1), []
    for _ in range(steps):
        idx = r.permutation(len(X0)); Xs, Ts = X0[idx], T0         # DEFECT: T0[idx]
        for s in range(0, 150, bs): G = grad(P, Xs[s:s + bs], Ts[s:s + bs]); P = [w - lr * g for w, g in zip(P, G)]
        h.append(loss(P, Xs, Ts))
    return h, P
def case(): return dict(params=dict(zip("Wb", init())), loss=lambda p: loss([p["W"], p["b"]]), grads=lambda p: dict(zip("Wb", grad([p["W"], p["b"]]))), lr=.5, steps=15, train=train)
