"""Correct. No bias in the first layer, and the function is odd up to the bias of the output."""
import numpy as np

x = np.linspace(-3, 3, 50)[None]
t = np.sin(x) + 2


def init():
    r = np.random.RandomState(0)
    return {"V": r.randn(9, 1), "w": r.randn(1, 9) * 0.3, "c": np.zeros((1, 1))}


def f(p):
    h = np.tanh(p["V"] @ x)
    return h, p["w"] @ h + p["c"]


def loss(p):
    return float(np.mean((f(p)[1] - t) ** 2))


def grads(p):
    h, o = f(p)
    d = 2 * (o - t) / x.size
    return {"w": d @ h.T, "c": d.sum(1, keepdims=True), "V": (p["w"].T @ d * (1 - h**2)) @ x.T}


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.05, steps=500)
