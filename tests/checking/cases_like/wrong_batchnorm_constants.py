"""Kind: gradient. The mean and the variance of batch normalisation are taken for constants on the way back."""
import numpy as np

r = np.random.RandomState(0)
X = r.randn(20, 4) * 2 + 1
Y = (X[:, :1] * X[:, 1:2] > 0) * 1.0


def norm(x, g, s):
    mu, var = np.mean(x, axis=0), np.mean((x - np.mean(x, axis=0)) ** 2, axis=0)
    xhat = (x - mu) / np.sqrt(var + 1e-5)
    return g * xhat + s, (xhat, var, g)


def norm_back(d, cache):
    xhat, var, g = cache
    return d * g / np.sqrt(var + 1e-5), (d * xhat).sum(0), d.sum(0)  # DEFECT


def p0():
    r = np.random.RandomState(2)
    return {"W": r.randn(4, 6) * 0.5, "g": np.ones(6), "s": np.zeros(6), "V": r.randn(6, 1) * 0.5}


def fwd(p):
    h, c = norm(X @ p["W"], p["g"], p["s"])
    a = np.tanh(h)
    return c, a, 1 / (1 + np.exp(-a @ p["V"]))


def loss(p):
    o = fwd(p)[2]
    return -np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o))


def grads(p):
    c, a, o = fwd(p)
    d = (o - Y) / len(X)
    dz, dg, ds = norm_back(d @ p["V"].T * (1 - a**2), c)
    return {"W": X.T @ dz, "g": dg, "s": ds, "V": a.T @ d}


def case():
    return dict(params=p0(), loss=loss, grads=grads, lr=0.3, steps=40)
