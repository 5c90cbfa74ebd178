"""Correct. One-sided smoothing: targets of 0 and 0.9."""
import numpy as np
r = np.random.RandomState(0)
x = r.randn(90, 3); lab = (x.sum(1) > 0).astype(float); y = lab * .9
def f(w): return 1 / (1 + np.exp(-(x @ w[:3] + w[3])))
def cost(p): a = f(p["w"]); return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
def gr(p): e = (f(p["w"]) - y) / len(y); return {"w": np.append(x.T @ e, e.sum())}
def case(): return dict(params={"w": np.zeros(4)}, loss=cost, grads=gr, lr=1., steps=100)
