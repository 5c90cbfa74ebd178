"""Kind: numerics/loss/gradient. Each sample loses the mean of another one."""
import numpy as np
r = np.random.default_rng(3)
X = r.normal(size=(5, 4)); labels = np.array([0, 3, 1, 4, 2]); Y = np.eye(5)[labels]
def start(): g = np.random.default_rng(1); return {"W": g.normal(size=(4, 6)) * .6, "b": np.zeros(6), "V": g.normal(size=(6, 5)) * .8, "c": np.zeros(5)}

def normed(h):
    mu = h.mean(axis=1)  # DEFECT
    return h - mu  # DEFECT
def loss(p): return .5 * float(np.mean((normed(np.tanh(X @ p["W"])) - Y) ** 2))
def grads(p):
    A = np.tanh(X @ p["W"]); D = (normed(A) - Y) / A.size
    D = D - D.mean(axis=1, keepdims=True)
    return {"W": X.T @ (D * (1 - A * A))}
def case(): return dict(params={"W": start()["W"][:, :5]}, loss=loss, grads=grads, lr=.1, steps=40)
