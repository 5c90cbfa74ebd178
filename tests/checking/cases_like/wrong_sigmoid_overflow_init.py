"""Kind: init. Weights from randint(0, 100): every hidden sigmoid is 0 or 1."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.1, random_state=1); y = y[:, None]
def sigmoid(z): return 1 / (1 + np.exp(-np.clip(z, -500, 500)))
def init(): r = np.random.RandomState(0); return {"W1": r.uniform(-1, 1, (2, 6)) * 300, "b1": np.zeros((1, 6)), "W2": r.randn(6, 1), "b2": np.zeros((1, 1))}   # DEFECT: * 300
def fwd(p): a = sigmoid(X @ p["W1"] + p["b1"]); return a, sigmoid(a @ p["W2"] + p["b2"])
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p): a, o = fwd(p); d = (o - y) / len(X); k = d @ p["W2"].T * a * (1 - a); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": a.T @ d, "b2": d.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
