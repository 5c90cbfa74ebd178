"""Kind: gradient. z1.T in place of a1.T."""
import numpy as np
from sklearn.datasets import load_breast_cancer

b = load_breast_cancer(); X = ((b.data - b.data.mean(0)) / b.data.std(0))[:200].T; Y = b.target[:200].reshape(1, -1)
def init(): r = np.random.RandomState(0); return {"W1": r.randn(5, 30) * .2, "b1": np.zeros((5, 1)), "W2": r.randn(1, 5) * .5, "b2": np.zeros((1, 1))}
def forward(p): c = {}; c["Z1"] = p["W1"].dot(X) + p["b1"]; c["A1"] = np.maximum(0, c["Z1"]); c["Z2"] = p["W2"].dot(c["A1"]) + p["b2"]; c["A2"] = 1 / (1 + np.exp(-c["Z2"])); return c
def cost(p): a = np.clip(forward(p)["A2"], 1e-12, 1 - 1e-12); return float(np.squeeze(-(Y @ np.log(a).T + (1 - Y) @ np.log(1 - a).T) / Y.shape[1]))
def backward(p):
    c = forward(p); m = Y.shape[1]; dZ2 = c["A2"] - Y
    dW2 = dZ2.dot(c["Z1"].T) / m                                   # DEFECT: A1
    dZ1 = p["W2"].T.dot(dZ2) * (c["Z1"] > 0)
    return {"W1": dZ1.dot(X.T) / m, "b1": dZ1.sum(1, keepdims=True) / m, "W2": dW2, "b2": dZ2.sum(1, keepdims=True) / m}
def case(): return dict(params=init(), loss=cost, grads=backward, lr=.3, steps=200)
