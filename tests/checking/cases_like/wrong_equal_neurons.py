"""Kind: initialization. Each neuron has an array of its own, all of them equal."""
import numpy as np
gen = np.random.default_rng(3)
X = gen.uniform(-1, 1, (90, 3)); y = np.sin(2 * X[:, 0]) * X[:, 1]
UNITS = 4
def start():
    p = {}
    for j in range(UNITS):
        p[f"in{j}"] = np.full(3, .1)      # DEFECT
        p[f"off{j}"] = np.array(0.)
    p["out"] = np.full(UNITS, .1)          # DEFECT
    p["shift"] = np.array(0.)
    return p
def sig(z): return 1 / (1 + np.exp(-z))
def run(p):
    acts = [sig(X @ p[f"in{j}"] + p[f"off{j}"]) for j in range(UNITS)]
    out = p["shift"]
    for j in range(UNITS):
        out = out + p["out"][j] * acts[j]
    return acts, out
def loss(p): return np.mean((run(p)[1] - y) ** 2)
def grads(p):
    acts, out = run(p); d = 2 * (out - y) / len(y); g = {"shift": d.sum(), "out": np.array([(d * a).sum() for a in acts])}
    for j, a in enumerate(acts):
        e = d * p["out"][j] * a * (1 - a)
        g[f"in{j}"] = X.T @ e; g[f"off{j}"] = e.sum()
    return g
def train(steps=20):
    p, h = start(), []
    for _ in range(steps):
        h.append(float(loss(p))); g = grads(p); p = {k: p[k] - .2 * g[k] for k in p}
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.2, steps=20, train=train)
