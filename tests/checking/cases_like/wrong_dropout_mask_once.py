"""Kind: gradient. The dropout mask is not applied on the way back."""
import numpy as np
keep_prob = 0.7
rnd = np.random.RandomState(100)
X = rnd.randn(4, 30); Y = (X[0:1] + X[1:2] ** 2 > .5).astype(float)
mask = (np.random.RandomState(1).rand(10, 30) < keep_prob) / keep_prob
def relu(a): return np.maximum(a, 0)
def forward_with_dropout(p):
    Z1 = p["W1"] @ X + p["b1"]
    A1 = relu(Z1)
    A1 = A1 * mask
    Z2 = p["W2"] @ A1 + p["b2"]
    A2 = 1 / (1 + np.exp(-Z2))
    return Z1, A1, A2
def cost(p):
    A2 = forward_with_dropout(p)[2]
    return float(np.nansum(-np.log(A2) * Y - np.log(1 - A2) * (1 - Y)) / Y.shape[1])
def backward_with_dropout(p):
    m = X.shape[1]
    Z1, A1, A2 = forward_with_dropout(p)
    dZ2 = A2 - Y
    dW2 = 1. / m * np.dot(dZ2, A1.T)
    db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(p["W2"].T, dZ2)
    dZ1 = np.multiply(dA1, np.int64(Z1 > 0))      # DEFECT
    dW1 = 1. / m * np.dot(dZ1, X.T)
    db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
def params():
    r = np.random.RandomState(3); return {"W1": r.randn(10, 4) * .7, "b1": r.randn(10, 1) * .1, "W2": r.randn(1, 10) * .4, "b2": np.zeros((1, 1))}
def case(): return dict(params=params(), loss=cost, grads=backward_with_dropout, lr=.3, steps=200)
