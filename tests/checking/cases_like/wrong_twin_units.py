"""Kind: initialization. Each seed draws two hidden units."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(30, 4)); T = np.sin(X[:, :1]) + 2
def fwd(p):
    h = np.tanh(X @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def loss(p): return np.mean((fwd(p)[1] - T) ** 2)
def grads(p):
    h, o = fwd(p); d = 2 * (o - T) / len(X); k = d @ p["V"].T * (1 - h * h)
    return {"W": X.T @ k, "b": k.sum(0), "V": h.T @ d, "c": d.sum(0)}

def init():
    W = np.zeros((4, 6)); V = np.zeros((6, 1))
    for j in range(6):
        r = np.random.default_rng(j // 2)  # DEFECT
        W[:, j] = r.normal(size=4)
        V[j] = r.normal()
    return {"W": W, "b": np.zeros(6), "V": V, "c": np.zeros(1)}
P = init()
def case(): return dict(params={k: v.copy() for k, v in P.items()}, loss=loss, grads=grads, lr=.05, steps=100)
