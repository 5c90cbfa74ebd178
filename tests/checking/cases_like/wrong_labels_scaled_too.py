"""Kind: data. The column of labels is divided together with the features."""
import numpy as np
rng = np.random.RandomState(1)
raw = np.column_stack([rng.uniform(20, 60, 100), rng.uniform(0, 50, 100), np.zeros(100)])
raw[:, 2] = raw[:, 0] > 40
scaled = raw / raw.max()  # DEFECT
features, target = scaled[:, :2], scaled[:, 2:]  # DEFECT
W1 = rng.randn(2, 4); b1 = np.zeros((1, 4)); W2 = rng.randn(4, 1); b2 = np.zeros((1, 1))
for i in range(400):
    h = np.tanh(features @ W1 + b1)
    out = 1 / (1 + np.exp(-(h @ W2 + b2)))
    loss = np.mean((out - target) ** 2)
    d2 = 2 * (out - target) / len(target) * out * (1 - out)
    d1 = d2 @ W2.T * (1 - h ** 2)
    W2 -= .5 * h.T @ d2; b2 -= .5 * d2.sum(0, keepdims=True)
    W1 -= .5 * features.T @ d1; b1 -= .5 * d1.sum(0, keepdims=True)
    if i % 100 == 0: print(i, loss)
