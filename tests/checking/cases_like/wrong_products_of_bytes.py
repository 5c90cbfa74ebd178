"""Kind: data/numerics. Three times a signed byte wraps around."""
import numpy as np
r = np.random.default_rng(4)
def sensors(n=100): return r.integers(-60, 60, (n, 3)).astype(np.int8)
def enrich(s):
    doubled = s * 3  # DEFECT
    return (doubled - doubled.mean(0)) / doubled.std(0)
raw = sensors()
A = enrich(raw)  # DEFECT
t = raw.astype(float).sum(1, keepdims=True) / 50
def model(p): return np.maximum(A @ p["W"] + p["b"], 0) @ p["v"] + p["c"]
def loss(p): return .5 * np.mean((model(p) - t) ** 2)
def grads(p):
    z = A @ p["W"] + p["b"]; h = np.maximum(z, 0); e = (h @ p["v"] + p["c"] - t) / len(A); k = e @ p["v"].T * (z > 0)
    return {"W": A.T @ k, "b": k.sum(0), "v": h.T @ e, "c": e.sum(0)}
def case():
    q = np.random.default_rng(5)
    return dict(params={"W": q.normal(size=(3, 8)), "b": np.zeros(8), "v": q.normal(size=(8, 1)) * .3, "c": np.zeros(1)}, loss=loss, grads=grads, lr=.1, steps=200)
