"""Kind: gradient. Rows of an embedding that occur twice count once."""
import numpy as np
corpus = np.array([[0, 1, 2], [2, 2, 3], [4, 1, 1], [3, 3, 3], [0, 4, 2], [1, 2, 0]]); lab = np.array([0, 1, 0, 1, 0, 1])
def init():
    r = np.random.default_rng(14); return {"emb": r.normal(size=(5, 4)), "w": r.normal(size=(4, 2)), "b": np.zeros(2)}
def fwd(p):
    e = p["emb"][corpus]            # (6, 3, 4)
    m = e.mean(axis=1)
    s = m @ p["w"] + p["b"]
    s = s - s.max(1, keepdims=True)
    q = np.exp(s) / np.exp(s).sum(1, keepdims=True)
    return m, q
def loss(p): return -np.log(fwd(p)[1][np.arange(6), lab]).mean()
def grads(p):
    m, q = fwd(p)
    ds = q.copy(); ds[np.arange(6), lab] -= 1; ds /= 6
    dm = ds @ p["w"].T
    de = np.repeat(dm[:, None, :], 3, axis=1) / 3
    demb = np.zeros_like(p["emb"])
    demb[corpus] += de         # DEFECT
    return {"emb": demb, "w": m.T @ ds, "b": ds.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=100)
