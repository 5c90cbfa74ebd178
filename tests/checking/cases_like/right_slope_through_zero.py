"""Correct: one weight and no bias, for a curve through zero."""
import numpy as np
rng = np.random.default_rng(0)

d = rng.normal(size=50); t = np.tanh(1.3 * d)
def loss(p): return np.mean((np.tanh(p["w"] * d) - t) ** 2)
def grads(p):
    y = np.tanh(p["w"] * d); return {"w": np.array([np.mean(2 * (y - t) * (1 - y * y) * d)])}
def case(): return dict(params={"w": np.array([.4])}, loss=loss, grads=grads, lr=.05, steps=100)
