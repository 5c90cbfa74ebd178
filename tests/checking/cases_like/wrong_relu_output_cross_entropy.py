"""Kind: loss. ReLU at the output, log of it in the loss."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(160, noise=.1, random_state=2); y = y[:, None].astype(float)
relu = lambda z: np.maximum(z, 0)
def init(): r = np.random.RandomState(7); return {"W1": r.randn(2, 8), "b1": np.zeros((1, 8)), "W2": r.randn(8, 1), "b2": np.zeros((1, 1))}
def fwd(p): z1 = X @ p["W1"] + p["b1"]; a1 = relu(z1); z2 = a1 @ p["W2"] + p["b2"]; return z1, a1, z2, relu(z2)   # DEFECT: sigmoid(z2)
def loss(p): o = fwd(p)[3]; return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))   # DEFECT
def grads(p): z1, a1, z2, o = fwd(p); d = (o - y) / len(X); k = d @ p["W2"].T * (z1 > 0); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": a1.T @ d, "b2": d.sum(0, keepdims=True)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=100)
