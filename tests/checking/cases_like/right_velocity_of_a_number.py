"""Correct. Momentum for a vector and for a single number."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3)); y = X @ np.array([1., -1., .5]) + .3
w, b = np.zeros(3), 0.0
vw, vb = np.zeros(3), 0.0
lr = 0.01
for epoch in range(30):
    loss = np.mean((X @ w + b - y) ** 2)
    err = 2 * (X @ w + b - y) / len(y)
    vw = .9 * vw - lr * X.T @ err
    vb = .9 * vb - lr * err.sum()
    w = w + vw
    b = b + vb
    print(epoch, loss)
