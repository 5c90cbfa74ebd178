"""Kind: gradient: one array is given as the error and as the sum."""
import numpy as np
rng = np.random.default_rng(0)
N, D = 18, 4
X = rng.normal(size=(N, D))
T = rng.normal(size=(N, D))

def init():
    r = np.random.default_rng(1)
    return {f"{k}{i}": r.normal(0, 0.4, (D, D)) for i in (1, 2) for k in "UV"}

def forward(p):
    caches, x = [], X
    for i in (1, 2):
        u, v = np.tanh(x @ p[f"U{i}"]), np.tanh(x @ p[f"V{i}"])
        caches.append((x, u, v))
        x = u + v
    return x, caches

def loss(p):
    return float(np.mean((forward(p)[0] - T) ** 2))

def block(dy, dx, cache, p, g, i):
    x, u, v = cache
    du = dy * (1 - u ** 2)
    g[f"U{i}"] = x.T @ du
    dx += du @ p[f"U{i}"].T
    dv = dy * (1 - v ** 2)
    g[f"V{i}"] = x.T @ dv
    dx += dv @ p[f"V{i}"].T
    return dx

def grads(p):
    out, caches = forward(p)
    g = {}
    d = 2 * (out - T) / T.size
    for i in (2, 1):
        d = block(d, d, caches[i - 1], p, g, i)  # DEFECT
    return g

def case():
    return dict(params=init(), loss=loss, grads=grads, lr=0.5, steps=40)
