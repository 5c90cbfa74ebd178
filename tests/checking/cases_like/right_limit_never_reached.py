"""Correct. A limit that single precision cannot tell from 1, and that is not reached."""
import numpy as np
g = np.random.default_rng(1)
x = g.normal(size=(80, 2)).astype(np.float32); y = (x[:, 0] + g.normal(size=80) > 0).astype(np.float32)
def model(w): return np.clip(1 / (1 + np.exp(-(x @ w[:2] + w[2]))), 1e-12, 1 - 1e-12)
def loss(p): q = model(p["w"]); return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
def grads(p): e = (model(p["w"]) - y) / np.float32(80); return {"w": np.append(e @ x, e.sum())}
def case(): return dict(params={"w": np.zeros(3, np.float32)}, loss=loss, grads=grads, lr=.5, steps=300)
