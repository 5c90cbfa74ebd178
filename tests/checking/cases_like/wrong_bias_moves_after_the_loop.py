"""Kind: update. A loop moves all parameters, and the line after it the output's bias once more."""
import numpy as np
rng = np.random.default_rng(15); X = rng.normal(size=(30, 2)); Y = X[:, :1] * 2 - X[:, 1:] + np.array([[.3]])
def init(): r = np.random.default_rng(5); return {"W1": r.normal(size=(2, 5)), "b1": np.zeros(5), "W2": r.normal(size=(5, 3)), "b2": np.zeros(3)}
def loss(p): return np.mean((np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - Y) ** 2)
def grads(p):
    h = np.tanh(X @ p["W1"] + p["b1"])
    d = 2 * (h @ p["W2"] + p["b2"] - Y) / (3 * len(X))
    e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": X.T @ e, "b1": e.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
def update(p, g, lr):
    for k in p:
        p[k] = p[k] - lr * g[k]                                    # DEFECT
    p["b2"] = p["b2"] - lr * g["b2"]                               # DEFECT
    return p
def case(): return dict(params=init(), loss=loss, grads=grads, update=update, lr=.1, steps=80)
