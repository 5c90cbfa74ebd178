"""Kind: loss. The two arguments of cross-entropy are exchanged in the loss."""
import numpy as np
r = np.random.RandomState(4); X = r.randn(50, 3); c = r.randint(0, 3, 50); Y = np.eye(3)[c] * .94 + .02
def soft(s): e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def f(p): h = np.maximum(0, X @ p["A"] + p["a"]); return h, soft(h @ p["B"] + p["b"])
def J(p):
    q = f(p)[1]
    return -np.sum(q * np.log(Y)) / len(X)      # DEFECT
def dJ(p):
    h, q = f(p); d = (q - Y) / len(X); k = d @ p["B"].T * (h > 0)
    return dict(A=X.T @ k, a=k.sum(0), B=h.T @ d, b=d.sum(0))
def case(): r = np.random.RandomState(5); return dict(params=dict(A=r.randn(3, 6), a=np.zeros(6), B=r.randn(6, 3), b=np.zeros(3)), loss=J, grads=dJ, lr=.3, steps=100)
