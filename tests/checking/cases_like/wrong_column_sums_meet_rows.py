"""Kind: numerics/loss/gradient. A softmax of columns whose sums stand upright."""
import numpy as np
r = np.random.default_rng(3)
X = r.normal(size=(5, 4)); labels = np.array([0, 3, 1, 4, 2]); Y = np.eye(5)[labels]
def start(): g = np.random.default_rng(1); return {"W": g.normal(size=(4, 6)) * .6, "b": np.zeros(6), "V": g.normal(size=(6, 5)) * .8, "c": np.zeros(5)}

def softmax(a):
    e = np.exp(a - np.max(a, axis=0))
    return e / e.sum(axis=0).reshape(-1, 1)  # DEFECT
def forward(p):
    H = np.tanh(p["W"].T @ X.T + p["b"][:, None])
    return H, softmax(p["V"].T @ H + p["c"][:, None])
def loss(p): return -np.sum(np.log(forward(p)[1][labels, np.arange(5)])) / 5
def grads(p):
    H, P = forward(p)
    D = (P - Y.T) / 5; E = p["V"] @ D * (1 - H ** 2)
    return {"W": X.T @ E.T, "b": E.sum(axis=1), "V": H @ D.T, "c": D.sum(axis=1)}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=40)
