"""Kind: gradient. delta is already divided by n, dW once more."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(120, noise=.1, random_state=11); X = X.T; Y = y.reshape(1, -1)
def init(): r = np.random.RandomState(3); return {"W1": r.randn(4, 2), "b1": np.zeros((4, 1)), "W2": r.randn(1, 4), "b2": np.zeros((1, 1))}
def fwd(p): A = 1 / (1 + np.exp(-(p["W1"] @ X + p["b1"]))); return A, 1 / (1 + np.exp(-(p["W2"] @ A + p["b2"])))
def cost(p): a = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(a) + (1 - Y) * np.log(1 - a)))
def back(p):
    m = X.shape[1]; A, o = fwd(p); d2 = (o - Y) / m; d1 = p["W2"].T @ d2 * A * (1 - A)
    return {"W1": d1 @ X.T / m,                                    # DEFECT: d2 has 1 / m already
            "b1": d1.sum(1, keepdims=True), "W2": d2 @ A.T, "b2": d2.sum(1, keepdims=True)}
def case(): return dict(params=init(), loss=cost, grads=back, lr=1., steps=200)
