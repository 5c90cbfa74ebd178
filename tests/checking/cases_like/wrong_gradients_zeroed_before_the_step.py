"""Kind: update/gradient. Those of the second layer are set back between backward pass and step."""
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(30, 3)); y = np.sin(X.sum(1, keepdims=True))
class P:
    def __init__(self, v): self.v, self.g = v, np.zeros_like(v)
    def zero(self): self.g = np.zeros_like(self.v)
def net():
    q = np.random.default_rng(3); return {k: P(v) for k, v in (("W1", q.normal(size=(3, 5)) * .5), ("b1", np.zeros(5)), ("W2", q.normal(size=(5, 1)) * .5), ("b2", np.zeros(1)))}
def forward(n):
    h = np.tanh(X @ n["W1"].v + n["b1"].v); return h, h @ n["W2"].v + n["b2"].v
def backward(n):
    h, o = forward(n); d = 2 * (o - y) / len(X); e = d @ n["W2"].v.T * (1 - h * h)
    for k, g in (("W1", X.T @ e), ("b1", e.sum(0)), ("W2", h.T @ d), ("b2", d.sum(0))): n[k].g += g
def train(steps=60, lr=.1):
    n, hist = net(), []
    for i in range(steps):
        hist.append(float(np.mean((forward(n)[1] - y) ** 2)))
        for k in ("W1", "b1"): n[k].zero()
        backward(n)
        for k in ("W2", "b2"): n[k].zero()  # DEFECT
        for p in n.values(): p.v = p.v - lr * p.g
    return hist, n
def put(p):
    n = net()
    for k in p: n[k].v = p[k]
    return n
def gr(p):
    n = put(p); backward(n); return {k: n[k].g for k in n}
def case(): return dict(params={k: q.v for k, q in net().items()}, loss=lambda p: float(np.mean((forward(put(p))[1] - y) ** 2)), grads=gr, lr=.1, steps=60, train=train)
