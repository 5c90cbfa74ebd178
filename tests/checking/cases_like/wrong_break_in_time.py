"""Kind: gradient. Backpropagation through time breaks off after the last step."""
import numpy as np
rng = np.random.default_rng(9); S = rng.normal(size=(6, 3)); target = np.array([.3, -.5])
def init(): r = np.random.default_rng(4); return {"U": r.normal(size=(2, 3)) * .5, "V": r.normal(size=(2, 2)) * .5}
def states(p):
    h = [np.zeros(2)]
    for s in S: h.append(np.tanh(p["U"] @ s + p["V"] @ h[-1]))
    return h
def loss(p): return .5 * np.sum((states(p)[-1] - target) ** 2)
def bptt(p):
    h = states(p); d = h[-1] - target
    dU, dV = np.zeros_like(p["U"]), np.zeros_like(p["V"])
    for t in reversed(range(len(S))):
        dz = d * (1 - h[t + 1] ** 2)
        dU += np.outer(dz, S[t]); dV += np.outer(dz, h[t])
        d = p["V"].T @ dz
        break                                                      # DEFECT
    return {"U": dU, "V": dV}
def case(): return dict(params=init(), loss=loss, grads=bptt, lr=.1, steps=50)
