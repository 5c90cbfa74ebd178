"""Kind: update. The backward loop moves each layer before the layer below has its error."""
import numpy as np
np.random.seed(2)
X = np.random.rand(4, 30); Y = np.sin(X.sum(0, keepdims=True))
DIMS = [4, 6, 3, 1]
def initialize():
    rs = np.random.RandomState(5)
    p = {}
    for l in range(1, 4):
        p["W" + str(l)] = rs.randn(DIMS[l], DIMS[l - 1]) * .6
        p["b" + str(l)] = np.zeros((DIMS[l], 1))
    return p
def forward(p):
    A = [X]
    for l in (1, 2): A.append(np.tanh(p["W%d" % l] @ A[-1] + p["b%d" % l]))
    return A, p["W3"] @ A[-1] + p["b3"]
def cost(p):
    return float(np.sum((forward(p)[1] - Y) ** 2) / (2 * X.shape[1]))
def gradients(p):
    A, out = forward(p); dZ = (out - Y) / X.shape[1]; g = {}
    for l in (3, 2, 1):
        g["W%d" % l], g["b%d" % l] = dZ @ A[l - 1].T, dZ.sum(1, keepdims=True)
        if l > 1: dZ = p["W%d" % l].T @ dZ * (1 - A[l - 1] ** 2)
    return g
def train(steps=50, lr=.3):
    p, costs = initialize(), []
    for it in range(steps):
        A, out = forward(p)
        costs.append(cost(p))
        dZ = (out - Y) / X.shape[1]
        for l in (3, 2, 1):
            p["b%d" % l] = p["b%d" % l] - lr * dZ.sum(1, keepdims=True)
            p["W%d" % l] = p["W%d" % l] - lr * dZ @ A[l - 1].T  # DEFECT
            if l > 1: dZ = p["W%d" % l].T @ dZ * (1 - A[l - 1] ** 2)  # DEFECT
    return costs, p
def case(): return dict(params=initialize(), loss=cost, grads=gradients, lr=.3, steps=50, train=train)
