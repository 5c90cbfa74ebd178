"""Kind: gradient. The error goes through the kernel without flipping it."""
import numpy as np
r = np.random.RandomState(66); S = r.randn(10, 20); t = r.randn(10)
def corr(x, k): return np.stack([x[:, i:i + len(k)] @ k for i in range(x.shape[1] - len(k) + 1)], 1)
def p0(): r = np.random.RandomState(67); return {"k1": r.randn(3), "k2": r.randn(4), "w": r.randn(15)}
def fwd(p): a = np.tanh(corr(S, p["k1"])); b = np.tanh(corr(a, p["k2"])); return a, b, b @ p["w"]
def loss(p): return .5 * np.mean((fwd(p)[2] - t) ** 2)
def grads(p):
    a, b, o = fwd(p); d = (o - t) / len(t)
    db = np.outer(d, p["w"]) * (1 - b ** 2)
    dk2 = np.array([(db * a[:, j:j + db.shape[1]]).sum() for j in range(4)])
    pad = np.pad(db, ((0, 0), (3, 3)))
    da = corr(pad, p["k2"])      # DEFECT
    da = da * (1 - a ** 2)
    dk1 = np.array([(da * S[:, j:j + da.shape[1]]).sum() for j in range(3)])
    return {"k1": dk1, "k2": dk2, "w": b.T @ d}
def case(): return dict(params=p0(), loss=loss, grads=grads, lr=.1, steps=60)
