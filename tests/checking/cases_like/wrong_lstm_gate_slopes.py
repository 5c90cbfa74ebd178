"""Kind: gradient. The forget gate's delta takes the new cell state instead of the previous one."""
import numpy as np
r = np.random.RandomState(5); xs = r.randn(5, 3); ts = r.randn(5); H = 4
s = lambda z: 1 / (1 + np.exp(-z))
def init(): q = np.random.RandomState(6); return {**{k: q.randn(H, H + 3) * .4 for k in ("Wf", "Wi", "Wo", "Wg")}, "v": q.randn(H) * .5}
def run(p):
    h, c, cache = np.zeros(H), np.zeros(H), []
    for x in xs:
        z = np.r_[h, x]; f, i, o, g = s(p["Wf"] @ z), s(p["Wi"] @ z), s(p["Wo"] @ z), np.tanh(p["Wg"] @ z); c0 = c; c = f * c + i * g; h = o * np.tanh(c); cache.append((z, f, i, o, g, c0, c, h))
    return cache
def loss(p): return float(sum(.5 * (p["v"] @ k[-1] - t) ** 2 for k, t in zip(run(p), ts)))
def grads(p):
    G = {k: np.zeros_like(w) for k, w in p.items()}; dhn, dcn = np.zeros(H), np.zeros(H)
    for (z, f, i, o, g, c0, c, h), t in zip(reversed(run(p)), ts[::-1]):
        e = p["v"] @ h - t; G["v"] += e * h; dh = e * p["v"] + dhn; tc = np.tanh(c); dc = dh * o * (1 - tc ** 2) + dcn
        do = dh * tc * o * (1 - o); di = dc * g * i * (1 - i); dg = dc * i * (1 - g ** 2)
        df = dc * c * f * (1 - f)                                  # DEFECT: c0
        for k, d in zip(("Wf", "Wi", "Wo", "Wg"), (df, di, do, dg)): G[k] += np.outer(d, z)
        dz = p["Wf"].T @ df + p["Wi"].T @ di + p["Wo"].T @ do + p["Wg"].T @ dg; dhn = dz[:H]; dcn = dc * f
    return G
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=60)
