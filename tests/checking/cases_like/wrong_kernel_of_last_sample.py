"""Kind: gradient. Each sample writes over the kernel's gradient of the sample before."""
import numpy as np

r = np.random.default_rng(0)
X = r.normal(size=(6, 5, 5))
Y = r.normal(size=6)


def corr(x, k):
    return np.array([[np.sum(x[i : i + 3, j : j + 3] * k) for j in range(3)] for i in range(3)])


def p0():
    r = np.random.default_rng(5)
    return {"K": r.normal(size=(2, 3, 3)) * 0.4, "V": r.normal(size=18) * 0.4}


def fwd(p, x):
    a = np.tanh(np.stack([corr(x, k) for k in p["K"]]))
    return a, a.ravel() @ p["V"]


def loss(p):
    return sum((fwd(p, x)[1] - y) ** 2 for x, y in zip(X, Y)) / len(X)


def grads(p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    for x, y in zip(X, Y):
        a, o = fwd(p, x)
        d = 2 * (o - y) / len(X)
        g["V"] += d * a.ravel()
        dz = (d * p["V"]).reshape(a.shape) * (1 - a**2)
        for f in range(len(dz)):
            g["K"][f] = [[np.sum(x[i : i + 3, j : j + 3] * dz[f]) for j in range(3)] for i in range(3)]  # DEFECT
    return g


def case():
    return dict(params=p0(), loss=loss, grads=grads, lr=0.05, steps=30)
