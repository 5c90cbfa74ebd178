"""Kind: gradient. m is the number of features: X.shape[1] with rows as samples."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = (b.data - b.data.mean(0)) / b.data.std(0); y = b.target.reshape(-1, 1)
def init(): r = np.random.RandomState(10); return {"W1": r.randn(30, 6) * .2, "b1": np.zeros((1, 6)), "W2": r.randn(6, 1) * .3, "b2": np.zeros((1, 1))}
def fwd(p): A1 = np.tanh(np.dot(X, p["W1"]) + p["b1"]); return A1, 1 / (1 + np.exp(-(np.dot(A1, p["W2"]) + p["b2"])))
def cost(p): a = np.clip(fwd(p)[1], 1e-10, 1 - 1e-10); return float(-np.mean(y * np.log(a) + (1 - y) * np.log(1 - a)))
def back(p):
    A1, A2 = fwd(p)
    m = X.shape[1]                                                 # DEFECT: X.shape[0]
    dZ2 = A2 - y; dZ1 = np.dot(dZ2, p["W2"].T) * (1 - A1 ** 2)
    return {"W1": np.dot(X.T, dZ1) / m, "b1": dZ1.sum(0, keepdims=True) / m, "W2": np.dot(A1.T, dZ2) / m, "b2": dZ2.sum(0, keepdims=True) / m}
def case(): return dict(params=init(), loss=cost, grads=back, lr=.1, steps=100)
