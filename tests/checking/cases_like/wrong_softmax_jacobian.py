"""Kind: gradient. Softmax with squared error; the backward pass takes a * (1 - a) for the whole Jacobian."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); T = np.eye(3)[i.target]
def soft(z): e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def init(): r = np.random.RandomState(9); return {"W": r.randn(4, 7) * .5, "b": np.zeros(7), "V": r.randn(7, 3) * .5, "c": np.zeros(3)}
def fwd(p): h = np.tanh(X @ p["W"] + p["b"]); return h, soft(h @ p["V"] + p["c"])
def loss(p): return float(np.sum((fwd(p)[1] - T) ** 2) / (2 * len(X)))
def grads(p):
    h, q = fwd(p); e = (q - T) / len(X)
    d = e * q * (1 - q)                                            # DEFECT: q * (e - (e * q).sum(1, keepdims=True))
    k = d @ p["V"].T * (1 - h ** 2); return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=1., steps=150)
