"""Kind: update. The gradients kept in the objects are never set to zero."""
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(40, 3)); y = np.tanh(X[:, :1] * X[:, 1:2])

def start(): q = np.random.RandomState(3); return {"W": q.randn(3, 5), "b": q.randn(5) * .1, "V": q.randn(5, 1), "c": np.zeros(1)}
def fwd(p, x): h = np.tanh(x @ p["W"] + p["b"]); return h, h @ p["V"] + p["c"]
def loss(p): return float(np.mean((fwd(p, X)[1] - y) ** 2) / 2)
def one(p, x, t):
    h, o = fwd(p, x); e = o - t; k = p["V"] @ e * (1 - h * h)
    return {"W": np.outer(x, k), "b": k, "V": np.outer(h, e), "c": e}
def grads(p):
    parts = [one(p, x, t) for x, t in zip(X, y)]
    return {k: sum(g[k] for g in parts) / len(X) for k in p}
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=30, train=train)

class Params:
    def __init__(self, value): self.value, self.grad = value, np.zeros_like(value)
    def zero(self): self.grad = np.zeros_like(self.value)
def train(steps=30, lr=.1):
    ps, h = {k: Params(v) for k, v in start().items()}, []
    for epoch in range(steps):
        values = {k: q.value for k, q in ps.items()}
        for k, g in grads(values).items(): ps[k].grad += g
        for q in ps.values(): q.value = q.value - lr * q.grad  # DEFECT
        h.append(loss({k: q.value for k, q in ps.items()}))
    return h, ps
