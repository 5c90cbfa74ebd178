"""Correct: whole numbers that become floats with the first step, in a plain script."""
import numpy as np
np.random.seed(1)
X = np.random.randn(30, 2)
y = (X[:, 0] - X[:, 1] > .2).astype(float)
theta = np.array([1, -2, 0])
lr = 0.5
Xb = np.c_[X, np.ones(30)]
for epoch in range(100):
    p = 1 / (1 + np.exp(-(Xb @ theta)))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    grad = Xb.T @ (p - y) / len(y)
    theta = theta - lr * grad
    if epoch % 20 == 0:
        print(epoch, loss)
