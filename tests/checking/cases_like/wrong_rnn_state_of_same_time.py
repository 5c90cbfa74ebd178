"""Kind: gradient. A row of states is written from a matrix of one row; the state of this time, not the last."""
import numpy as np
rng = np.random.RandomState(3)
S = rng.randn(12, 4, 2); Tt = S.sum((1, 2))[:, None] * .3
def start(): r = np.random.RandomState(0); return {"Wx": r.randn(2, 4) * .4, "Wh": r.randn(4, 4) * .4, "bh": np.zeros((1, 4)), "Wo": r.randn(4, 1) * .4}
def states(p, s):
    H = np.zeros((len(s), 4)); h = np.zeros((1, 4))
    for t in range(len(s)):
        h = np.tanh(s[t:t + 1] @ p["Wx"] + h @ p["Wh"] + p["bh"])
        H[t] = h
    return H
def loss(p): return float(sum(((states(p, s)[-1:] @ p["Wo"] - y) ** 2).sum() for s, y in zip(S, Tt)) / len(S))
def grads(p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    for s, y in zip(S, Tt):
        H = states(p, s); d = 2 * (H[-1:] @ p["Wo"] - y) / len(S)
        g["Wo"] += H[-1:].T @ d; dh = d @ p["Wo"].T
        for t in reversed(range(len(s))):
            dz = dh * (1 - H[t:t + 1] ** 2)
            g["Wx"] += s[t:t + 1].T @ dz; g["bh"] += dz
            if t > 0: g["Wh"] += H[t:t + 1].T @ dz  # DEFECT
            dh = dz @ p["Wh"].T
    return g
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=100)
