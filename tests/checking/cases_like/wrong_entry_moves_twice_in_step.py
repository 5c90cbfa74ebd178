"""Kind: update. The step moves all of theta and then its first entry again; the gradient is right."""
import numpy as np
rng = np.random.default_rng(13); X = np.c_[np.ones(60), rng.normal(size=(60, 2))]; y = (X[:, 1] - X[:, 2] > .2).astype(float)
def hyp(theta): return 1 / (1 + np.exp(-(X @ theta[0])))
def J(theta): h = hyp(theta); return -np.mean(y * np.log(h) + (1 - y) * np.log(1 - h))
def grad(theta): return ((hyp(theta) - y) @ X / len(y))[None]
def step(theta, g, alpha):
    new = theta - alpha * g                                        # DEFECT
    new[0, 0] -= alpha * g[0, 0]                                   # DEFECT
    return new
def train(n=60):
    theta, hist = np.zeros((1, 3)), []
    for _ in range(n): hist.append(J(theta)); theta = step(theta, grad(theta), .3)
    return hist, theta
def case(): return dict(params={"theta": np.zeros((1, 3))}, loss=lambda p: J(p["theta"]), grads=lambda p: {"theta": grad(p["theta"])}, lr=.3, steps=60, train=train)
