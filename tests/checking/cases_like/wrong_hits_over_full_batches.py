"""Kind: reporting. The accuracy is divided by the rows of full batches, of which the last is none."""
import numpy as np
rng = np.random.RandomState(0)
X = rng.randn(2, 110); labels = (X[0] * X[1] > 0).astype(int)[None, :]
W1 = rng.randn(8, 2); b1 = np.zeros((8, 1)); W2 = rng.randn(1, 8); b2 = np.zeros((1, 1))
batch = 25
for epoch in range(40):
    order = rng.permutation(110)
    total, hits = 0.0, 0
    for k in range(0, 110, batch):
        cols = order[k:k + batch]
        x, t = X[:, cols], labels[:, cols]
        a1 = np.tanh(W1 @ x + b1); a2 = 1 / (1 + np.exp(-(W2 @ a1 + b2)))
        J = -np.mean(t * np.log(a2) + (1 - t) * np.log(1 - a2))
        total += J * x.shape[1]
        hits += np.sum((a2 > .5) == t)
        dz2 = (a2 - t) / x.shape[1]
        dW2 = dz2 @ a1.T; db2 = dz2.sum(1, keepdims=True)
        dz1 = W2.T @ dz2 * (1 - a1 ** 2)
        dW1 = dz1 @ x.T; db1 = dz1.sum(1, keepdims=True)
        W1 -= .5 * dW1; b1 -= .5 * db1; W2 -= .5 * dW2; b2 -= .5 * db2
    print(epoch, total / X.shape[1], hits / (5 * batch))  # DEFECT
