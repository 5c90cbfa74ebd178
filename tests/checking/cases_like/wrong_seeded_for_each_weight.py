"""Kind: initialization. The seed is set before each single weight."""
import numpy as np
import random, time
def start():
    W1, W2 = np.zeros((2, 5)), np.zeros((5, 1))
    for i in range(2):
        for j in range(5):
            random.seed(3)  # DEFECT
            W1[i, j] = random.uniform(-1, 1)
    for j in range(5):
        random.seed(3)  # DEFECT
        W2[j, 0] = random.uniform(-1, 1)
    return {"W1": W1, "b1": np.zeros(5), "W2": W2, "b2": np.zeros(1)}
X = np.array([[0., 0], [0, 1], [1, 0], [1, 1]]); Y = np.array([[0.], [1], [1], [0]])
def sig(z): return 1 / (1 + np.exp(-z))
def forward(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"]); return h, sig(h @ p["W2"] + p["b2"])
def loss(p): return float(np.mean((forward(p, X)[1] - Y) ** 2))
def grads(p):
    h, o = forward(p, X); d = 2 * (o - Y) * o * (1 - o) / o.size; e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=300)
