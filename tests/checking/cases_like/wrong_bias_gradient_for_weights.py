"""Kind: gradient. The first weights get the gradient of their bias, which fits by broadcasting."""
import numpy as np
rng = np.random.default_rng(21)
X = rng.normal(size=(35, 3)); y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
def sigmoid(z): return 1 / (1 + np.exp(-z))
def predict(p):
    z1 = X @ p["W1"] + p["b1"]; a1 = np.tanh(z1)
    return a1, sigmoid(a1 @ p["W2"] + p["b2"])
def bce(p):
    q = predict(p)[1]
    return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
def backprop(p):
    a1, q = predict(p)
    dz2 = (q - y) / len(X)
    dz1 = dz2 @ p["W2"].T * (1 - a1 ** 2)
    g = {}
    g["W2"] = a1.T @ dz2
    g["b2"] = dz2.sum(axis=0)
    g["W1"] = np.sum(dz1, axis=0)  # DEFECT
    g["b1"] = np.sum(dz1, axis=0)
    return g
def case():
    r = np.random.default_rng(0)
    return dict(params=dict(W1=r.normal(size=(3, 6)) * .7, b1=np.zeros(6), W2=r.normal(size=(6, 1)) * .7, b2=np.zeros(1)), loss=bce, grads=backprop, lr=.5, steps=100)
