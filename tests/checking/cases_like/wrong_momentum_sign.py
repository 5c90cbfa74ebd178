"""Kind: optimizer. The velocity is lr * g - mu * v: the old step is subtracted."""
import numpy as np
from sklearn.datasets import load_diabetes

D = load_diabetes(); X = D.data[:120] * 20; y = (D.target[:120, None] - 150) / 75
def start(): r = np.random.RandomState(5); return [r.randn(10, 5) * .3, np.zeros((1, 5)), r.randn(5, 1) * .3, np.zeros((1, 1))]
def run(P): h = np.tanh(X.dot(P[0]) + P[1]); return h, h.dot(P[2]) + P[3]
def mse(P): return float(.5 * np.mean((run(P)[1] - y) ** 2))
def back(P): h, o = run(P); e = (o - y) / len(X); k = e.dot(P[2].T) * (1 - h ** 2); return [X.T.dot(k), k.sum(0, keepdims=True), h.T.dot(e), e.sum(0, keepdims=True)]
def train(steps=80, lr=.05, mu=.9):
    P = start(); V = [np.zeros_like(w) for w in P]; hist = []
    for _ in range(steps):
        hist.append(mse(P)); G = back(P)
        for i in range(4):
            V[i] = lr * G[i] - mu * V[i]                           # DEFECT: + mu * V[i]
            P[i] = P[i] - V[i]
    return hist, P
N = ["W1", "b1", "W2", "b2"]
def case(): return dict(params=dict(zip(N, start())), loss=lambda q: mse([q[n] for n in N]), grads=lambda q: dict(zip(N, back([q[n] for n in N]))), lr=.05, steps=80, train=train)
