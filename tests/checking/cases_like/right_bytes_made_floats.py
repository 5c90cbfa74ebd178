"""Correct. Bytes become floats before anything is taken off."""
import numpy as np
r = np.random.default_rng(4)
img = r.integers(0, 256, (100, 12)).astype(np.uint8); y = (img[:, 0] > 99).astype(np.uint8)
inv = 255 - img
z = (inv - inv.mean(0)) / inv.std(0); X = (inv.astype(np.float64) - 128) / 128 + 0 * z
def f(w): return 1 / (1 + np.exp(-(X @ w[:12] + w[12])))
def cost(p): a = f(p["w"]); return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
def gr(p): e = (f(p["w"]) - y) / len(y); return {"w": np.append(X.T @ e, e.sum())}
def case(): return dict(params={"w": np.zeros(13)}, loss=cost, grads=gr, lr=.1, steps=100)
