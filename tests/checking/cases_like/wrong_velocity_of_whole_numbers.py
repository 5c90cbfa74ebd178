"""Kind: update: velocities in arrays of whole numbers."""
import numpy as np
rng = np.random.RandomState(2)
X = rng.randn(50, 3)
t = X @ np.array([40.0, -25.0, 10.0]) + 12

def loss(p):
    return float(np.mean((X @ p["w"] + p["b"] - t) ** 2))

def grads(p):
    e = 2 * (X @ p["w"] + p["b"] - t) / len(X)
    return {"w": X.T @ e, "b": np.array([e.sum()])}

def train(steps=60):
    p = {"w": np.zeros(3), "b": np.zeros(1)}
    v = {"w": np.array([0, 0, 0]), "b": np.array([0])}  # DEFECT
    history = []
    for _ in range(steps):
        history.append(loss(p))
        g = grads(p)
        for k in p:
            v[k][:] = 0.9 * v[k] - 0.05 * g[k]
            p[k] = p[k] + v[k]
    return history, p

def case():
    return dict(params={"w": np.zeros(3), "b": np.zeros(1)}, loss=loss, grads=grads, lr=0.05, steps=60, train=train)
