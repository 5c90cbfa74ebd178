"""Kind: loss. The penalty is set back to zero for each of the weights."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); T = np.sin(X[:, :1]) + .1
P = {"W": rng.normal(size=(4, 6)) * .5, "b": np.zeros(6), "V": rng.normal(size=(6, 1)) * .5, "c": np.zeros(1)}
LAM = .03
def fwd(p):
    h = np.tanh(X @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def grads(p):
    h, o = fwd(p); d = 2 * (o - T) / len(X); k = d @ p["V"].T * (1 - h * h)
    return {"W": X.T @ k + LAM * p["W"], "b": k.sum(0), "V": h.T @ d + LAM * p["V"], "c": d.sum(0)}
def case(): return dict(params={n: v.copy() for n, v in P.items()}, loss=loss, grads=grads, lr=.05, steps=100)

class Reg:
    def __init__(self, lam): self.lam = lam; self.total = 0.0
    def of(self, ws):
        for w in ws:
            self.total = 0.0  # DEFECT
            self.total = self.total + self.lam * .5 * (w * w).sum()
        return self.total
def loss(p):
    return ((fwd(p)[1] - T) ** 2).mean() + Reg(LAM).of([p["V"], p["W"]])
