"""Kind: gradient. The matrix takes the scores where the shares belong."""
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(25, 4)); lab = rng.integers(0, 3, 25); Y = np.eye(3)[lab]
def softmax(z): e = np.exp(z - z.max()); return e / e.sum()
def start(): r = np.random.default_rng(1); return {"W": r.normal(0, .5, (4, 3)), "b": np.zeros(3)}
def loss(p): return float(np.mean([np.sum((softmax(x @ p["W"] + p["b"]) - t) ** 2) for x, t in zip(X, Y)]))
def grads(p):
    gW, gb = np.zeros((4, 3)), np.zeros(3)
    for x, t in zip(X, Y):
        z = x @ p["W"] + p["b"]
        s = softmax(z)
        J = np.diag(s) - np.outer(s, z)  # DEFECT
        dz = J @ (2 * (s - t))
        gW += np.outer(x, dz) / len(X); gb += dz / len(X)
    return {"W": gW, "b": gb}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.5, steps=100)
