"""Kind: gradient. The filter's gradient is overwritten at every place instead of accumulated."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); IM = d.images[:20] / 16; Y = (d.target[:20] % 2).astype(float)
def init(): r = np.random.RandomState(0); return {"K": r.randn(3, 3) * .4, "w": r.randn(36) * .2, "b": np.zeros(1)}
def conv(K): return np.array([[(IM[:, i:i + 3, j:j + 3] * K).sum((1, 2)) for j in range(6)] for i in range(6)]).transpose(2, 0, 1)
def fwd(p): z = conv(p["K"]); a = np.tanh(z).reshape(20, 36); return a, 1 / (1 + np.exp(-(a @ p["w"] + p["b"])))
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))
def grads(p):
    a, o = fwd(p); e = (o - Y) / 20; dz = (e[:, None] * p["w"] * (1 - a ** 2)).reshape(20, 6, 6); dK = np.zeros((3, 3))
    for i in range(6):
        for j in range(6): dK = (IM[:, i:i + 3, j:j + 3] * dz[:, i, j, None, None]).sum(0)   # DEFECT: dK +=
    return {"K": dK, "w": a.T @ e, "b": np.array([e.sum()])}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=60)
