"""Correct. Labels -1 and 1 and a mask of missing rows, multiplied into the inputs."""
import numpy as np
r = np.random.default_rng(1)
X = r.normal(size=(80, 3)); seen = (r.random(80) < .7) * 1.0
y = np.sign(X[:, 0] + .2)
Z = (y * seen)[:, None] * X
def loss(p): return np.sum(np.log1p(np.exp(-Z @ p["w"]))) / seen.sum()
def grads(p): return {"w": -(Z / (1 + np.exp(Z @ p["w"]))[:, None]).sum(0) / seen.sum()}
def case(): return dict(params={"w": np.zeros(3)}, loss=loss, grads=grads, lr=.3, steps=50)
