"""Kind: initialization. Every layer seeds its own generator with 0, so all start equal."""
import numpy as np
class Dense:
    def __init__(self, n, m):
        rng = np.random.default_rng(0)  # DEFECT
        self.W = rng.normal(0, .7, (n, m)); self.b = np.zeros(m)
layers = [Dense(3, 3), Dense(3, 3), Dense(3, 3)]
X = np.random.default_rng(5).normal(size=(30, 3)); Y = np.sin(X)
def run(p):
    a = [X]
    for i in range(3):
        z = a[-1] @ p["W%d" % i] + p["b%d" % i]; a.append(np.tanh(z) if i < 2 else z)
    return a
def loss(p): return float(np.mean((run(p)[-1] - Y) ** 2))
def grads(p):
    a = run(p); d = 2 * (a[-1] - Y) / Y.size; g = {}
    for i in (2, 1, 0):
        g["W%d" % i] = a[i].T @ d; g["b%d" % i] = d.sum(0)
        if i: d = d @ p["W%d" % i].T * (1 - a[i] ** 2)
    return g
def case():
    p = {}
    for i, l in enumerate(layers): p["W%d" % i], p["b%d" % i] = l.W, l.b
    return dict(params=p, loss=loss, grads=grads, lr=.1, steps=100)
