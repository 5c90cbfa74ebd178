"""Kind: gradient. The product is chosen by shape, so the square middle layer has it transposed."""
import numpy as np

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 5))
T = np.sin(X[:, :2] * 2)


def dense_fwd(x, w, b):
    return x @ w + b, (x, w)


def dense_bwd(dout, cache):
    x, w = cache
    dw = dout.T @ x if w.shape[0] == w.shape[1] else x.T @ dout  # DEFECT
    return dout @ w.T, dw, dout.sum(0)


SIZES = [5, 4, 4, 2]


def init():
    r = np.random.default_rng(1)
    p = {}
    for l, (i, o) in enumerate(zip(SIZES[:-1], SIZES[1:])):
        p[f"w{l}"] = r.normal(size=(i, o)) * 0.5
        p[f"b{l}"] = np.zeros(o)
    return p


def run(p):
    x, caches = X, []
    for l in range(3):
        x, c = dense_fwd(x, p[f"w{l}"], p[f"b{l}"])
        if l < 2:
            x = np.maximum(x, 0)
            c = (*c, x)
        caches.append(c)
    return x, caches


def loss(p):
    return float(((run(p)[0] - T) ** 2).mean())


def grads(p):
    out, caches = run(p)
    g = {}
    d = 2 * (out - T) / T.size
    for l in (2, 1, 0):
        if l < 2:
            d = d * (caches[l][2] > 0)
        d, g[f"w{l}"], g[f"b{l}"] = dense_bwd(d, caches[l][:2])
    return g


def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.1, steps=100)
