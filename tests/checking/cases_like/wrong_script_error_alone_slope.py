"""Kind: gradient"""

import numpy as np

rng = np.random.default_rng(3)
x = rng.normal(size=(20, 3))
y = (x[:, :1] * x[:, 1:2] > 0).astype(float)
w1, b1, w2, b2 = rng.normal(size=(3, 5)), np.zeros((1, 5)), rng.normal(size=(5, 1)), np.zeros((1, 1))

for epoch in range(300):
    h = 1 / (1 + np.exp(-(x @ w1 + b1)))
    o = 1 / (1 + np.exp(-(h @ w2 + b2)))
    error = y - o
    if epoch % 100 == 0:
        print("Error:" + str(np.mean(np.abs(error))))
    d2 = error * o * (1 - o)
    d1 = d2.dot(w2.T) * h  # DEFECT
    w2 += 0.2 * h.T.dot(d2)
    w1 += 0.2 * x.T.dot(d1)
    b2 += 0.2 * d2.sum(axis=0, keepdims=True)
    b1 += 0.2 * d1.sum(axis=0, keepdims=True)
