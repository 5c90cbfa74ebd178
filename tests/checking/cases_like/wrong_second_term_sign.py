"""Kind: loss. The second term of the cross-entropy has the wrong sign, in a loop over the samples."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); T = (X[:, :1] * X[:, 1:2] > 0).astype(float)
P = {"W": rng.normal(size=(4, 6)) * .5, "b": np.zeros(6), "V": rng.normal(size=(6, 1)) * .5, "c": np.zeros(1)}
LAM = .03
def sig(z): return 1 / (1 + np.exp(-z))
def fwd(p):
    h = np.tanh(X @ p["W"] + p["b"]); return h, sig(h @ p["V"] + p["c"])
def grads(p):
    h, o = fwd(p); d = (o - T) / len(X); k = d @ p["V"].T * (1 - h * h)
    return {"W": X.T @ k + LAM * p["W"], "b": k.sum(0), "V": h.T @ d + LAM * p["V"], "c": d.sum(0)}
def case(): return dict(params={n: v.copy() for n, v in P.items()}, loss=loss, grads=grads, lr=.05, steps=100)

def loss(p):
    o = fwd(p)[1]
    ce = 0
    for t, q in zip(T[:, 0], o[:, 0]):
        ce += -t * np.log(q) + (1 - t) * np.log(1 - q)  # DEFECT
    return ce / len(T) + LAM / 2 * (np.sum(p["W"] ** 2) + np.sum(p["V"] ** 2))
