"""Kind: initialization. Only the output has a bias: odd hidden units can still not make an even function."""
import numpy as np

x = np.linspace(-3, 3, 50)[None]; t = np.cos(x)
def init(): r = np.random.RandomState(0); return {"V": r.randn(9, 1), "w": r.randn(1, 9) * .3, "c": np.zeros((1, 1))}
def f(p): h = np.tanh(p["V"] @ x); return h, p["w"] @ h + p["c"]  # DEFECT
def loss(p): return float(np.mean((f(p)[1] - t) ** 2))
def grads(p): h, o = f(p); d = 2 * (o - t) / x.size; return {"w": d @ h.T, "c": d.sum(1, keepdims=True), "V": (p["w"].T @ d * (1 - h ** 2)) @ x.T}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=500)
