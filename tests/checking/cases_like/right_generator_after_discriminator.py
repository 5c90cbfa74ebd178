"""Correct: the generator learns from the discriminator that has just moved."""
import numpy as np
r = np.random.default_rng(3)
Z, real = r.normal(size=(40, 2)), 2 + .5 * r.normal(size=(40, 1))
def s(x): return 1 / (1 + np.exp(-x))
def start(): q = np.random.default_rng(0); return {"G": q.normal(size=(2, 1)), "g": np.zeros(1), "D": q.normal(size=(1, 1)), "d": np.zeros(1)}
def loss(p): f = Z @ p["G"] + p["g"]; return float(-np.mean(np.log(s(f @ p["D"] + p["d"]))))
def grads(p):
    f = Z @ p["G"] + p["g"]; e = (s(f @ p["D"] + p["d"]) - 1) / len(Z); k = e @ p["D"].T
    return {"G": Z.T @ k, "g": k.sum(0), "D": f.T @ e, "d": e.sum(0)}
def train(steps=30, lr=.1):
    p, h = start(), []
    for _ in range(steps):
        fake = Z @ p["G"] + p["g"]
        er, ef = (s(real @ p["D"] + p["d"]) - 1) / 40, s(fake @ p["D"] + p["d"]) / 40
        p["D"] = p["D"] - lr * (real.T @ er + fake.T @ ef)
        p["d"] = p["d"] - lr * (er + ef).sum(0)
        e = (s(fake @ p["D"] + p["d"]) - 1) / 40
        k = e @ p["D"].T
        p["G"] = p["G"] - lr * Z.T @ k
        p["g"] = p["g"] - lr * k.sum(0)
        h.append(loss(p))
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=30, train=train)
