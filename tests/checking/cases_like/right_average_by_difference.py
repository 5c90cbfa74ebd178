"""Correct: the velocity goes a part of the way to each gradient, by the difference between them."""
import numpy as np
rng = np.random.default_rng(3)
X = rng.normal(size=(60, 3)); Y = np.tanh(X @ rng.normal(size=(3, 2)))
def start():
    r = np.random.default_rng(1)
    return {"W1": r.normal(0, .5, (3, 6)), "b1": np.zeros(6), "W2": r.normal(0, .5, (6, 2)), "b2": np.zeros(2)}
def forward(p, x):
    h = np.tanh(x @ p["W1"] + p["b1"]); return h, h @ p["W2"] + p["b2"]
def loss(p): return float(np.mean(np.sum((forward(p, X)[1] - Y) ** 2, axis=1)))
def one(p, x, y):
    h, o = forward(p, x); d = 2 * (o - y); e = d @ p["W2"].T * (1 - h ** 2)
    return {"W1": np.outer(x, e), "b1": e, "W2": np.outer(h, d), "b2": d}
def grads(p):
    t = {k: np.zeros_like(v) for k, v in p.items()}
    for x, y in zip(X, Y):
        g = one(p, x, y)
        for k in t: t[k] += g[k]
    return {k: v / len(X) for k, v in t.items()}
def train(steps=20, lr=.05, size=12):
    p, hist, r = start(), [], np.random.default_rng(0)
    v = {k: np.zeros_like(a) for k, a in p.items()}
    for epoch in range(steps):
        for s in range(0, 60, size):
            acc = [np.zeros(a.shape) for a in p.values()]
            for i in range(s, s + size):
                acc = [a + g for a, g in zip(acc, one(p, X[i], Y[i]).values())]
            for k, a in zip(p, acc):
                diff = a / size - v[k]
                v[k] = v[k] + .2 * diff
            for k in p: p[k] = p[k] - lr * v[k]
        hist.append(loss(p))
    return hist, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=20, train=train)
