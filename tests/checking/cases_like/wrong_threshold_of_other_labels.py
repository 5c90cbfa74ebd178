"""Kind: reporting. Answers of 0 and 1 are compared with labels of -1 and 1."""
import numpy as np
from sklearn.datasets import make_circles
X, c = make_circles(140, noise=.05, factor=.4, random_state=2); y = np.where(c > 0, 1., -1.)[:, None]
def init(): r = np.random.RandomState(4); return [r.randn(2, 8), np.zeros(8), r.randn(8, 1), np.zeros(1)]
def f(P): h = np.tanh(X @ P[0] + P[1]); return h, np.tanh(h @ P[2] + P[3])
def loss(P): return float(np.mean((f(P)[1] - y) ** 2))
def grads(P): h, o = f(P); d = 2 * (o - y) / len(X) * (1 - o * o); k = d @ P[2].T * (1 - h * h); return [X.T @ k, k.sum(0), h.T @ d, d.sum(0)]
def accuracy(P):
    return float(np.mean((f(P)[1] > .5) == y))                 # DEFECT
N = "abcd"
def case(): return dict(params=dict(zip(N, init())), loss=lambda p: loss([p[n] for n in N]), grads=lambda p: dict(zip(N, grads([p[n] for n in N]))), lr=.5, steps=300, metric=lambda p: accuracy([p[n] for n in N]))
