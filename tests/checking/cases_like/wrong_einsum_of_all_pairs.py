"""Kind: loss. Every row of labels meets every row of predictions."""
import numpy as np
rng = np.random.default_rng(1)
m = 30

X = rng.normal(size=(m, 4)); lab = rng.integers(0, 3, m)
Y = np.eye(3)[lab] if 3 > 1 else (X[:, :1] > 0).astype(float)
def forward(p):
    h = np.tanh(X @ p["W1"] + p["b1"])
    z = h @ p["W2"] + p["b2"]
    e = np.exp(z - z.max(axis=1, keepdims=True)); return h, e / e.sum(axis=1, keepdims=True)
def cost(p):
    h, P = forward(p)
    return -np.einsum('ij,kj->', Y, np.log(P + 1e-12)) / m  # DEFECT
def grads(p):
    h, P = forward(p)
    d = (P - Y) / m
    dh = d @ p["W2"].T * (1 - h ** 2)
    return dict(W1=X.T @ dh, b1=dh.sum(0), W2=h.T @ d, b2=d.sum(0))
def case():
    r = np.random.default_rng(2)
    return dict(params=dict(W1=r.normal(size=(4, 5)) * .6, b1=np.zeros(5), W2=r.normal(size=(5, 3)) * .6, b2=np.zeros(3)), loss=cost, grads=grads, lr=.3, steps=200)
