"""Kind: initialization. Three kernels that start equal."""
import numpy as np
r = np.random.RandomState(8)
I = r.randn(20, 5, 5); t = (I.mean((1, 2)) > 0) * 1.
def init():
    return {"K": np.ones((3, 2, 2)) * .1, "kb": np.zeros(3), "D": np.full((48, 1), .05), "db": np.zeros(1)}    # DEFECT
def conv(K, kb):
    out = []
    for f in range(3):
        o = 0
        for a in range(2):
            for b in range(2):
                o = o + K[f, a, b] * I[:, a:a + 4, b:b + 4]
        out.append(np.tanh(o + kb[f]))
    return np.stack(out, 1)
def loss(p):
    h = conv(p["K"], p["kb"]).reshape(20, -1)
    z = (h @ p["D"] + p["db"])[:, 0]
    return np.mean(np.log(1 + np.exp(z)) - t * z)
def grads(p):
    H = conv(p["K"], p["kb"]); h = H.reshape(20, -1); z = (h @ p["D"] + p["db"])[:, 0]
    d = ((1 / (1 + np.exp(-z)) - t) / 20)[:, None]
    e = (d @ p["D"].T).reshape(H.shape) * (1 - H ** 2)
    K = np.zeros((3, 2, 2))
    for a in range(2):
        for b in range(2): K[:, a, b] = np.einsum("nfij,nij->f", e, I[:, a:a + 4, b:b + 4])
    return {"K": K, "kb": e.sum((0, 2, 3)), "D": h.T @ d, "db": d.sum(0)}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.3, steps=30)
