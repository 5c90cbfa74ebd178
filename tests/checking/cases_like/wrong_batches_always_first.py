"""Kind: data. The slice does not depend on the loop's index: only the first rows are ever seen."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:600] / 16; T = np.eye(10)[d.target[:600]]
def init(): r = np.random.RandomState(2); return {"W": r.randn(64, 10) * .05, "b": np.zeros(10)}
def sm(p, X): z = X @ p["W"] + p["b"]; e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p, X=X, T=T): return float(-np.mean(np.sum(T * np.log(sm(p, X) + 1e-12), 1)))
def grad(p, X=X, T=T): g = (sm(p, X) - T) / len(X); return {"W": X.T @ g, "b": g.sum(0)}
def train(steps=20, lr=.5, bs=50):
    p, h = init(), []
    for _ in range(steps):
        for i in range(len(X) // bs):
            xb, tb = X[0:bs], T[0:bs]                              # DEFECT: X[i * bs:(i + 1) * bs]
            g = grad(p, xb, tb); p = {k: p[k] - lr * g[k] for k in p}
        h.append(loss(p))
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grad, lr=.5, steps=20, train=train)
