"""Kind: data. range(0, len(X) - batch, batch): the last batch is never used."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); T = np.eye(3)[i.target]
def init(): r = np.random.RandomState(0); return {"W": r.randn(4, 3) * .1, "b": np.zeros(3)}
def sm(p, X): s = X @ p["W"] + p["b"]; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p, X=X, T=T): return float(-np.mean(np.sum(T * np.log(sm(p, X) + 1e-12), 1)))
def grads(p, X=X, T=T): g = (sm(p, X) - T) / len(X); return {"W": X.T @ g, "b": g.sum(0)}
def train(steps=30, lr=.5, bs=50):
    p, h = init(), []
    for _ in range(steps):
        for s in range(0, len(X) - bs, bs):                        # DEFECT: range(0, len(X), bs)
            g = grads(p, X[s:s + bs], T[s:s + bs]); p = {k: p[k] - lr * g[k] for k in p}
        h.append(loss(p))
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=30, train=train)
