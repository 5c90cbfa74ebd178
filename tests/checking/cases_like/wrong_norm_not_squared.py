"""Kind: gradient. The loss has the norm, the gradient is that of its square."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 6)); y = np.sin(X[:, :1])
lam = .05
def init(): r = np.random.default_rng(1); return {"W1": r.normal(0, .5, (6, 9)), "b1": np.zeros(9), "W2": r.normal(0, .5, (9, 1)), "b2": np.zeros(1)}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def penalty(p):
    return 0.5 * lam * (np.linalg.norm(p["W1"]) + np.linalg.norm(p["W2"]))  # DEFECT
def loss(p): return float(np.mean((fwd(p)[1] - y) ** 2) + penalty(p))
def grads(p):
    h, o = fwd(p); d = 2 * (o - y) / len(y); k = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ k + lam * p["W1"], "b1": k.sum(0), "W2": h.T @ d + lam * p["W2"], "b2": d.sum(0)}  # DEFECT
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=200)
