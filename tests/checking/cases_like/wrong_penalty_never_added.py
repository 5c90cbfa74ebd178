"""Kind: loss. The penalty is computed and differentiated, and not added to the loss."""
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

def loss(p):
    data = np.mean((fwd(p)[1] - T) ** 2)
    penalty = LAM / 2 * (np.sum(p["W"] ** 2) + np.sum(p["V"] ** 2))
    return float(data)  # DEFECT
