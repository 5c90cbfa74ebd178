"""Kind: update. The decay is subtracted from the gradient, which is subtracted."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 6)); y = np.sin(X[:, :1])
def init(): r = np.random.default_rng(1); return {"W1": r.normal(0, .5, (6, 9)), "b1": np.zeros(9), "W2": r.normal(0, .5, (9, 1)), "b2": np.zeros(1)}
def fwd(p): h = np.tanh(X @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean((fwd(p)[1] - y) ** 2))
def grads(p):
    h, o = fwd(p); d = 2 * (o - y) / len(y); k = d @ p["W2"].T * (1 - h * h)
    return {"W1": X.T @ k, "b1": k.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def sgd_step(params, grads, lr, wd=.01):
    for k in params:
        g = grads[k]
        if k.startswith("W"):
            g = g - wd * params[k]  # DEFECT
        params[k] -= lr * g
    return params
def case(): return dict(params=init(), loss=loss, grads=grads, update=lambda p, g, lr: sgd_step(p, g, lr), lr=.1, steps=200)
