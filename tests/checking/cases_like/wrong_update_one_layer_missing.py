"""Kind: optimizer. The update function forgets b1."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(150, noise=.06, factor=.5, random_state=7); X = X.T; Y = y.reshape(1, -1)
def init(): r = np.random.RandomState(1); return {"W1": r.randn(6, 2), "b1": np.zeros((6, 1)), "W2": r.randn(1, 6), "b2": np.zeros((1, 1))}
def fwd(p): A = np.tanh(p["W1"] @ X + p["b1"]); return A, 1 / (1 + np.exp(-(p["W2"] @ A + p["b2"])))
def cost(p): a = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)))
def back(p): A, o = fwd(p); d = (o - Y) / 150; k = p["W2"].T @ d * (1 - A ** 2); return {"W1": k @ X.T, "b1": k.sum(1, keepdims=True), "W2": d @ A.T, "b2": d.sum(1, keepdims=True)}
def update(p, g, lr):
    p = dict(p)
    for k in ("W1", "W2", "b2"): p[k] = p[k] - lr * g[k]           # DEFECT: b1 is not in the list
    return p
def train(steps=100):
    p, h = init(), []
    for _ in range(steps): h.append(cost(p)); p = update(p, back(p), 1.)
    return h, p
def case(): return dict(params=init(), loss=cost, grads=back, lr=1., steps=100, update=update, train=train)
