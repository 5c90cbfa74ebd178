"""Correct: sums of gradients, named as the parameters of the script are."""
import numpy as np
rng = np.random.RandomState(1)
X = rng.randn(3, 4)
T = (X[:1] * X[1:2] > 0).astype(float)
W1, b1 = rng.randn(6, 3) * 0.5, np.zeros((6, 1))
W2, b2 = rng.randn(1, 6) * 0.5, np.zeros((1, 1))

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def cost(W1, b1, W2, b2):
    o = sigmoid(W2 @ np.tanh(W1 @ X + b1) + b2)
    return -np.mean(T * np.log(o) + (1 - T) * np.log(1 - o))

def backprop(W1, b1, W2, b2):
    dW1 = np.zeros(W1.shape)
    db1 = np.zeros(b1.shape)
    dW2 = np.zeros(W2.shape)
    db2 = np.zeros(b2.shape)
    m = X.shape[1]
    for i in range(m):
        x, t = X[:, [i]], T[:, [i]]
        h = np.tanh(W1 @ x + b1)
        o = sigmoid(W2 @ h + b2)
        d2 = (o - t) / m
        d1 = W2.T @ d2 * (1 - h * h)
        dW2 = dW2 + d2 @ h.T
        db2 = db2 + d2
        dW1 = dW1 + d1 @ x.T
        db1 = db1 + d1
    return dW1, db1, dW2, db2

history = []
for epoch in range(4):
    history.append(cost(W1, b1, W2, b2))
    g1, gb1, g2, gb2 = backprop(W1, b1, W2, b2)
    W1 -= 0.5 * g1
    b1 -= 0.5 * gb1
    W2 -= 0.5 * g2
    b2 -= 0.5 * gb2
print(history[-1])
