"""Kind: gradient. dWh is assigned instead of added up over time."""
import numpy as np
r = np.random.default_rng(1); seq = r.normal(size=(6, 3)); tgt = np.tanh(seq.sum(1))
def init(): q = np.random.default_rng(2); return {"U": q.normal(0, .5, (4, 3)), "W": q.normal(0, .4, (4, 4)), "v": q.normal(0, .5, 4)}
def run(p): hs = [np.zeros(4)]; [hs.append(np.tanh(p["U"] @ x + p["W"] @ hs[-1])) for x in seq]; return hs
def loss(p): return float(.5 * sum((p["v"] @ h - t) ** 2 for h, t in zip(run(p)[1:], tgt)))
def grads(p):
    hs = run(p); dU, dv, back = np.zeros((4, 3)), np.zeros(4), np.zeros(4)
    for t in range(5, -1, -1):
        e = p["v"] @ hs[t + 1] - tgt[t]; dv += e * hs[t + 1]; dz = (e * p["v"] + back) * (1 - hs[t + 1] ** 2)
        dU += np.outer(dz, seq[t])
        dW = np.outer(dz, hs[t])                                   # DEFECT: dW +=
        back = p["W"].T @ dz
    return {"U": dU, "W": dW, "v": dv}
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.05, steps=100)
