"""Kind: gradient. Every weight a number of its own; two of them lack the output's slope."""
import numpy as np

X = [(0.05, 0.1), (0.3, -0.2), (-0.4, 0.6), (0.7, 0.2)]
T = [(0.01, 0.99), (0.2, 0.5), (0.9, 0.1), (0.3, 0.3)]
w = {"w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3, "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55, "b1": 0.35, "b2": 0.6}


def f(v):
    return 1 / (1 + np.exp(-v))


def out(p, x):
    h1 = f(p["w1"] * x[0] + p["w2"] * x[1] + p["b1"])
    h2 = f(p["w3"] * x[0] + p["w4"] * x[1] + p["b1"])
    return h1, h2, f(p["w5"] * h1 + p["w6"] * h2 + p["b2"]), f(p["w7"] * h1 + p["w8"] * h2 + p["b2"])


def loss(p):
    e = 0
    for x, t in zip(X, T):
        _, _, o1, o2 = out(p, x)
        e += 0.5 * (t[0] - o1) ** 2 + 0.5 * (t[1] - o2) ** 2
    return e


def grads(p):
    g = {k: 0.0 for k in p}
    for x, t in zip(X, T):
        h1, h2, o1, o2 = out(p, x)
        e1, e2 = o1 - t[0], o2 - t[1]
        d1 = e1 * o1 * (1 - o1)
        d2 = e2 * o2 * (1 - o2)
        g["w5"] += d1 * h1
        g["w6"] += d1 * h2
        g["w7"] += e2 * h1  # DEFECT
        g["w8"] += e2 * h2  # DEFECT
        g["b2"] += d1 + d2
        dh1 = (d1 * p["w5"] + d2 * p["w7"]) * h1 * (1 - h1)
        dh2 = (d1 * p["w6"] + d2 * p["w8"]) * h2 * (1 - h2)
        g["w1"] += dh1 * x[0]
        g["w2"] += dh1 * x[1]
        g["w3"] += dh2 * x[0]
        g["w4"] += dh2 * x[1]
        g["b1"] += dh1 + dh2
    return g


def case():
    return dict(params={k: np.array(v) for k, v in w.items()}, loss=loss, grads=grads, lr=0.5, steps=50)
