"""Kind: update. A flag that is never set keeps the biases from being updated."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); T = np.sin(X[:, :1]) + 2
P = {"W": rng.normal(size=(4, 6)) * .5, "b": rng.normal(size=6) * .1, "V": rng.normal(size=(6, 1)) * .5, "c": rng.normal(size=1) * .1}
def fwd(p):
    h = np.tanh(X @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def loss(p): return np.mean((fwd(p)[1] - T) ** 2)
def grads(p):
    h, o = fwd(p); d = 2 * (o - T) / len(X); k = d @ p["V"].T * (1 - h * h)
    return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}

class Opt:
    def __init__(self, lr, with_bias=None): self.lr = lr; self.with_bias = with_bias
    def weights(self, p, g):
        p["W"] -= self.lr * g["W"]; p["V"] -= self.lr * g["V"]
    def biases(self, p, g):
        if not self.with_bias:  # DEFECT
            return
        p["b"] -= self.lr * g["b"]
        p["c"] -= self.lr * g["c"]
    def step(self, p, g):
        self.weights(p, g); self.biases(p, g)
def train(steps):
    p = {n: v.copy() for n, v in P.items()}; o = Opt(.05); hist = []
    for i in range(steps):
        g = grads(p); hist.append(loss(p)); o.step(p, g)
    return hist, p
def case(): return dict(params={n: v.copy() for n, v in P.items()}, loss=loss, grads=grads, train=train, lr=.05, steps=100)
