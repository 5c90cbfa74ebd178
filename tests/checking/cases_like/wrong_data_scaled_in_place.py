"""Kind: update. The forward pass divides the caller's data, again in every call."""
import numpy as np

r = np.random.default_rng(0)
X = r.uniform(0, 200, (50, 3))
y = (X[:, :1] > 100).astype(float)


def s(z):
    return 1 / (1 + np.exp(-z))


def init():
    q = np.random.default_rng(1)
    return {"W": q.normal(size=(3, 5)), "b": np.zeros(5), "V": q.normal(size=(5, 1)), "c": np.zeros(1)}


def forward(p, x):
    x /= 200  # DEFECT
    h = np.tanh(x @ p["W"] + p["b"])
    return h, s(h @ p["V"] + p["c"])


def loss(p):
    return float(np.mean((forward(p, X)[1] - y) ** 2))


def grads(p):
    h, o = forward(p, X)
    d = 2 * (o - y) / len(X) * o * (1 - o)
    e = d @ p["V"].T * (1 - h**2)
    return {"W": X.T @ e, "b": e.sum(0), "V": h.T @ d, "c": d.sum(0)}


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.5, steps=50)
