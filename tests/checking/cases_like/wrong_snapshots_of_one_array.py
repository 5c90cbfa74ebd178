"""Kind: update. Every snapshot is the same array."""
import numpy as np
rng = np.random.default_rng(1)
X = rng.normal(size=(40, 5)); y = X @ np.arange(1., 6) + .1 * rng.normal(size=40)
def loss(p): return float(np.mean((X @ p["W"] + p["b"] - y) ** 2))
def grads(p):
    e = 2 * (X @ p["W"] + p["b"] - y) / len(y)
    return {"W": X.T @ e, "b": np.array([e.sum()])}
def train(steps=100):
    p = {"W": np.zeros(5), "b": np.zeros(1)}
    W, b = p["W"], p["b"]
    snapshots, history = [], []
    for i in range(steps):
        g = grads({"W": W, "b": b})
        W -= .05 * g["W"]  # DEFECT
        b -= .05 * g["b"]
        history.append(loss({"W": W, "b": b}))
        if i % 2 == 0:
            snapshots.append(W)  # DEFECT
    average = np.mean(snapshots, axis=0)
    return history, {"W": average, "b": b}
def case(): return dict(params={"W": np.zeros(5), "b": np.zeros(1)}, loss=loss, grads=grads, lr=.05, steps=100, train=train)
