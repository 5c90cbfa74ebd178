"""Kind: optimizer. W2 is already new when the hidden delta is computed."""
import numpy as np
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float); y = np.array([[0, 1, 1, 0]], float).T
def sg(x): return 1 / (1 + np.exp(-x))
def start(): r = np.random.RandomState(1); return 2 * r.rand(3, 4) - 1, 2 * r.rand(4, 1) - 1
def loss(s0, s1): return float(.5 * np.sum((y - sg(sg(X @ s0) @ s1)) ** 2))
def sweep(s0, s1, lr):
    l1 = sg(X @ s0); l2 = sg(l1 @ s1); d2 = (y - l2) * l2 * (1 - l2)
    s1 = s1 + lr * l1.T @ d2                                       # DEFECT: after d1
    d1 = d2 @ s1.T * l1 * (1 - l1)                                 # DEFECT
    s0 = s0 + lr * X.T @ d1
    return s0, s1
def grads(p, lr=1.): a, b = sweep(p["s0"], p["s1"], lr); return {"s0": (p["s0"] - a) / lr, "s1": (p["s1"] - b) / lr}
def train(steps=500):
    s, h = start(), []
    for _ in range(steps): h.append(loss(*s)); s = sweep(*s, 1.)
    return h, s
def case(): return dict(params=dict(zip(("s0", "s1"), start())), loss=lambda p: loss(p["s0"], p["s1"]), grads=grads, lr=1., steps=500, train=train)
