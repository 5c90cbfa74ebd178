"""Kind: loss/numerics. The product with ones adds up the samples."""
import numpy as np
g = np.random.default_rng(3)
N = 36
X = g.normal(size=(N, 5)); lab = (X[:, 0] > 0).astype(int) + (X[:, 1] > .4); T = np.eye(3)[lab]
def soft(z):
    e = np.exp(z - np.max(z))
    total = np.ones(len(e)) @ e  # DEFECT
    return e / total
def params0():
    r = np.random.default_rng(1)
    return dict(V=r.normal(size=(5, 3)) * .4, v=np.zeros(3))
def loss(p): return -np.mean(np.sum(T * np.log(soft(X @ p["V"] + p["v"]) + 1e-12), axis=1))
def grads(p):
    d = (soft(X @ p["V"] + p["v"]) - T) / N
    return dict(V=X.T @ d, v=d.sum(0))
def train(steps=100, lr=.5):
    p, h = params0(), []
    for _ in range(steps):
        h.append(loss(p)); q = grads(p)
        p = {k: p[k] - lr * q[k] for k in p}
    return h, p
def case(): return dict(params=params0(), loss=loss, grads=grads, lr=.5, steps=100, train=train)
