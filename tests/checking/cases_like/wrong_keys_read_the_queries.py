"""Kind: loss: keys are made with the weights of the queries."""
import numpy as np
rng = np.random.RandomState(0)
X = rng.randn(10, 4, 3)
T = rng.randn(10, 3)

def make():
    r = np.random.RandomState(1)
    return {k: r.randn(3, 3) * 0.6 for k in ("Wq", "Wk", "Wv")}

def attend(params):
    q = X @ params["Wq"]
    k = X @ params["Wq"]  # DEFECT
    v = X @ params["Wv"]
    s = q @ k.transpose(0, 2, 1) / np.sqrt(3)
    s = s - s.max(axis=-1, keepdims=True)
    a = np.exp(s)
    a = a / a.sum(axis=-1, keepdims=True)
    return q, k, v, a, (a @ v).mean(axis=1)

def loss(params):
    return float(((attend(params)[-1] - T) ** 2).mean())

def grads(params):
    q, k, v, a, out = attend(params)
    g = 2 * (out - T) / T.size
    dy = np.repeat(g[:, None, :] / 4, 4, axis=1)
    dv = a.transpose(0, 2, 1) @ dy
    da = dy @ v.transpose(0, 2, 1)
    ds = a * (da - (da * a).sum(axis=-1, keepdims=True)) / np.sqrt(3)
    dq, dk = ds @ k, ds.transpose(0, 2, 1) @ q
    return {n: np.einsum("nti,ntj->ij", X, d) for n, d in (("Wq", dq), ("Wk", dk), ("Wv", dv))}

def case():
    return dict(params=make(), loss=loss, grads=grads, lr=0.1, steps=50)
