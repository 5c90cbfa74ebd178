"""Kind: data/initialization. Each step of a list of whole numbers is cut off."""
import numpy as np
np.random.seed(1)
X = np.random.randn(30, 2)
y = (X[:, 0] - X[:, 1] > .2).astype(float)
theta = np.array([1, -2, 0])  # DEFECT
lr = 0.5
for epoch in range(100):
    z = X @ theta[:2] + theta[2]
    p = 1 / (1 + np.exp(-z))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    d = (p - y) / len(y)
    grad = np.array([d @ X[:, 0], d @ X[:, 1], d.sum()])
    theta[:] = theta - lr * grad  # DEFECT
    if epoch % 20 == 0:
        print(epoch, loss)
