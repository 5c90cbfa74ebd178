"""Kind: gradient. The column of ones gives the intercept's gradient, and a line adds it once more."""
import numpy as np
rng = np.random.default_rng(3); X = np.c_[np.ones(30), rng.normal(size=(30, 2))]; t = (X @ [.2, 2., -1.] > 0) * 1.0
def prob(theta): return 1 / (1 + np.exp(-(X @ theta)))
def cost(theta): a = prob(theta); return -np.mean(t * np.log(a) + (1 - t) * np.log(1 - a))
def slope(theta):
    e = (prob(theta) - t) / len(t)
    g = X.T @ e
    g[0] += np.sum(e)                                              # DEFECT
    return g
def case(): return dict(params={"theta": np.array([.3, -.2, .1])}, loss=lambda p: cost(p["theta"]), grads=lambda p: {"theta": slope(p["theta"])}, lr=.1, steps=40)
