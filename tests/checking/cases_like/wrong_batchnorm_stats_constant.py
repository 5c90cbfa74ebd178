"""Kind: gradient. Batch normalisation: mean and variance are treated as constants."""
import numpy as np
r = np.random.RandomState(3); X = r.randn(40, 4) * 3 + 1; y = np.tanh(X[:, :1]) + .1 * X[:, 1:2]
def init(): q = np.random.RandomState(4); return {"W": q.randn(4, 6) * .5, "g": np.ones(6), "s": np.zeros(6), "V": q.randn(6, 1) * .5}
def fwd(p): z = X @ p["W"]; iv = 1 / np.sqrt(z.var(0) + 1e-5); xh = (z - z.mean(0)) * iv; a = np.tanh(p["g"] * xh + p["s"]); return iv, xh, a, a @ p["V"]
def loss(p): return float(np.mean((fwd(p)[3] - y) ** 2))
def grads(p):
    iv, xh, a, o = fwd(p); e = 2 * (o - y) / len(X); dn = e @ p["V"].T * (1 - a * a); dx = dn * p["g"]
    dz = dx * iv                                                   # DEFECT: (dx - dx.mean(0) - xh * (dx * xh).mean(0)) * iv
    return {"V": a.T @ e, "g": (dn * xh).sum(0), "s": dn.sum(0), "W": X.T @ dz}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=100)
