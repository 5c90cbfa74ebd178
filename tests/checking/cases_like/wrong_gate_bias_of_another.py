"""Kind: gradient. A GRU in which the bias of one gate gets the error of another."""
import numpy as np
r = np.random.RandomState(0); H, D, T = 5, 3, 6
xs = [r.randn(D, 1) for _ in range(T)]; target = r.randn(H, 1) * .3
sig = lambda v: 1 / (1 + np.exp(-v))
def start():
    q = np.random.RandomState(1)
    return {n + k: (q.randn(H, D) if n == "W" else q.randn(H, H) if n == "U" else q.randn(H, 1)) * .4 for n in "WUb" for k in "zrn"}
def forward(p):
    h = [np.zeros((H, 1))]; zs, rs, ns = [], [], []
    for x in xs:
        z = sig(p["Wz"] @ x + p["Uz"] @ h[-1] + p["bz"]); rr = sig(p["Wr"] @ x + p["Ur"] @ h[-1] + p["br"])
        n = np.tanh(p["Wn"] @ x + p["Un"] @ (rr * h[-1]) + p["bn"])
        h.append((1 - z) * n + z * h[-1]); zs.append(z); rs.append(rr); ns.append(n)
    return h, zs, rs, ns
def loss(p): return float(((forward(p)[0][-1] - target) ** 2).sum())
def grads(p):
    h, zs, rs, ns = forward(p); d = {k: np.zeros_like(v) for k, v in p.items()}
    dh = 2 * (h[-1] - target)
    for t in reversed(range(T)):
        z, rr, n, hp = zs[t], rs[t], ns[t], h[t]
        dan = dh * (1 - z) * (1 - n ** 2)
        daz = dh * (hp - n) * z * (1 - z)
        back = p["Un"].T @ dan
        dar = back * hp * rr * (1 - rr)
        d["Wz"] += daz @ xs[t].T; d["Wr"] += dar @ xs[t].T; d["Wn"] += dan @ xs[t].T
        d["Uz"] += daz @ hp.T; d["Ur"] += dar @ hp.T; d["Un"] += dan @ (rr * hp).T
        d["bz"] += daz
        d["br"] += daz  # DEFECT
        d["bn"] += dan
        dh = dh * z + back * rr + p["Uz"].T @ daz + p["Ur"].T @ dar
    return d
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=50)
