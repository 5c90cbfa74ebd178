"""Kind: gradient. The shares of the two penalties are exchanged."""
import numpy as np
rng = np.random.RandomState(5)
X = rng.randn(60, 8); y = X @ rng.randn(8) + .1 * rng.randn(60)
alpha, ratio = .3, .8
def penalty(w): return alpha * (ratio * np.abs(w).sum() + .5 * (1 - ratio) * w.T @ w)
def d_penalty(w): return alpha * ((1 - ratio) * np.sign(w) + ratio * w)  # DEFECT
def loss(p): e = y - X @ p["w"]; return float(.5 * np.mean(e ** 2) + penalty(p["w"]))
def grads(p): e = y - X @ p["w"]; return {"w": -X.T @ e / len(y) + d_penalty(p["w"])}
def case(): return dict(params={"w": np.random.RandomState(0).randn(8) * .3}, loss=loss, grads=grads, lr=.1, steps=100)
