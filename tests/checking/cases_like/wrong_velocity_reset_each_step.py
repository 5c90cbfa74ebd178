"""Kind: optimizer. The velocity is set to zero inside the loop: momentum never acts."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.15, random_state=4); y = y[:, None]
def init(): r = np.random.RandomState(0); return {"W1": r.randn(2, 8), "b1": np.zeros((1, 8)), "W2": r.randn(8, 1), "b2": np.zeros((1, 1))}
def fwd(p): a = np.tanh(X @ p["W1"] + p["b1"]); return a, 1 / (1 + np.exp(-(a @ p["W2"] + p["b2"])))
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p): a, o = fwd(p); d = (o - y) / len(X); k = d @ p["W2"].T * (1 - a * a); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": a.T @ d, "b2": d.sum(0, keepdims=True)}
def train(steps=100, lr=.1, mu=.9):
    p, h = init(), []
    for _ in range(steps):
        v = {k: np.zeros_like(w) for k, w in p.items()}            # DEFECT: before the loop
        h.append(loss(p)); g = grads(p)
        for k in p: v[k] = mu * v[k] - lr * g[k]; p[k] = p[k] + v[k]
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100, train=train)
