"""Kind: initialization. Without any bias a network of tanh is odd in x; the parabola is even."""
import numpy as np

grid = np.linspace(-2, 2, 41).reshape(-1, 1)
y = grid**2
inputs = grid  # DEFECT


def init():
    r = np.random.RandomState(42)
    return {"W": r.uniform(-1.5, 1.5, (1, 8)), "V": r.uniform(-0.5, 0.5, (8, 1))}


def f(p):
    h = np.tanh(inputs @ p["W"])
    return h, h @ p["V"]


def loss(p):
    return float(np.mean((f(p)[1] - y) ** 2))


def grads(p):
    h, o = f(p)
    d = 2 * (o - y) / len(y)
    return {"V": h.T @ d, "W": inputs.T @ (d @ p["V"].T * (1 - h**2))}


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.02, steps=1000)
