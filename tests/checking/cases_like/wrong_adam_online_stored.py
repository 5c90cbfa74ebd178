"""Kind: update. The corrected moments are stored as the moments, row by row."""
import numpy as np

r = np.random.default_rng(0)
X = r.normal(size=(40, 3))
y = np.tanh(X[:, :1] * X[:, 1:2])


def start():
    q = np.random.RandomState(3)
    return {"W": q.randn(3, 5), "b": q.randn(5) * 0.1, "V": q.randn(5, 1), "c": np.zeros(1)}


def fwd(p, x):
    h = np.tanh(x @ p["W"] + p["b"])
    return h, h @ p["V"] + p["c"]


def loss(p):
    return float(np.mean((fwd(p, X)[1] - y) ** 2) / 2)


def one(p, x, t):
    h, o = fwd(p, x)
    e = o - t
    k = p["V"] @ e * (1 - h * h)
    return {"W": np.outer(x, k), "b": k, "V": np.outer(h, e), "c": e}


def grads(p):
    parts = [one(p, x, t) for x, t in zip(X, y)]
    return {k: sum(g[k] for g in parts) / len(X) for k in p}


def case():
    return dict(params=start(), loss=loss, grads=grads, lr=0.1, steps=30, train=train)


def train(steps=30, lr=0.01, b1=0.9, b2=0.999):
    p, h, n = start(), [], 0
    m = {k: np.zeros_like(v) for k, v in p.items()}
    v = {k: np.zeros_like(w) for k, w in p.items()}
    for epoch in range(steps):
        for x, t in zip(X, y):
            n += 1
            g = one(p, x, t)
            for k in p:
                m[k] = b1 * m[k] + (1 - b1) * g[k]
                v[k] = b2 * v[k] + (1 - b2) * g[k] ** 2
                m[k] = m[k] / (1 - b1**n)  # DEFECT
                v[k] = v[k] / (1 - b2**n)  # DEFECT
                p[k] = p[k] - lr * m[k] / (np.sqrt(v[k]) + 1e-8)
        h.append(loss(p))
    return h, p
