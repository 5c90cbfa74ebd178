"""Correct. Sums over a batch, divided by its size in the step."""
import numpy as np
rng = np.random.default_rng(30)
X = rng.normal(size=(64, 6)); Y = np.tanh(X @ rng.normal(size=(6, 1)))
base = .8
def start(): r = np.random.default_rng(1); return {"W": r.normal(0, .5, (6, 8)), "b": np.zeros(8), "U": r.normal(0, .5, (8, 1)), "c": np.zeros(1)}
def fwd(p, x): h = np.tanh(x @ p["W"] + p["b"]); return h, h @ p["U"] + p["c"]
def loss(p): return float(np.mean((fwd(p, X)[1] - Y) ** 2))
def back(p, x, y):
    h, o = fwd(p, x); d = 2 * (o - y)
    k = d @ p["U"].T * (1 - h ** 2)
    return {"W": x.T @ k, "b": k.sum(0), "U": h.T @ d, "c": d.sum(0)}
def update(p, total, lr, batch): return {n: p[n] - lr / batch * total[n] for n in p}
def train(steps=20, batch=16):
    p, hist, r = start(), [], np.random.default_rng(0)
    for _ in range(steps):
        order = r.permutation(len(X))
        for s in range(0, len(X), batch):
            i = order[s:s + batch]; p = update(p, back(p, X[i], Y[i]), .1, batch)
        hist.append(loss(p))
    return hist, p
def case(): return dict(params=start(), loss=loss, grads=lambda p: {n: g / len(X) for n, g in back(p, X, Y).items()}, lr=.1, steps=20, train=train)
