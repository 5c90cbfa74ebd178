"""Kind: gradient. Cross-entropy in the loss; the delta has the slope of the sigmoid twice."""
import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(200, noise=.08, factor=.5, random_state=1); X = X.T; y = y.reshape(1, -1)
def sigma(z): return 1 / (1 + np.exp(-z))
def par(): r = np.random.RandomState(6); return {"W1": r.randn(8, 2), "b1": np.zeros((8, 1)), "W2": r.randn(1, 8), "b2": np.zeros((1, 1))}
def f(p): A1 = sigma(p["W1"] @ X + p["b1"]); return A1, sigma(p["W2"] @ A1 + p["b2"])
def J(p): a = np.clip(f(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)))
def back(p):
    m = y.size; A1, A2 = f(p)
    dZ2 = (A2 - y) * A2 * (1 - A2)                                 # DEFECT: A2 - y
    dZ1 = p["W2"].T @ dZ2 * A1 * (1 - A1); return {"W1": dZ1 @ X.T / m, "b1": dZ1.mean(1, keepdims=True), "W2": dZ2 @ A1.T / m, "b2": dZ2.mean(1, keepdims=True)}
def case(): return dict(params=par(), loss=J, grads=back, lr=1., steps=300)
