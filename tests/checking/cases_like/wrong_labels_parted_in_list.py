"""Kind: data. A list of batches, of which only the inputs are shuffled."""
import numpy as np
R = np.random.default_rng(17)
CLASS = R.integers(0, 3, 120)
FEAT = R.normal(0, 2.5, (3, 5))[CLASS] + R.normal(0, 1, (120, 5))
ONE = np.eye(3)[CLASS]
def init(seed=0):
    r = np.random.default_rng(seed)
    return {"W": r.normal(0, .3, (5, 3)), "b": np.zeros(3)}
def probs(p, X):
    S = X @ p["W"] + p["b"]
    E = np.exp(S - S.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)
def loss(p, X=FEAT, Y=ONE):
    return float(-(Y * np.log(probs(p, X) + 1e-12)).sum(1).mean())
def grads(p, X=FEAT, Y=ONE):
    d = (probs(p, X) - Y) / len(X)
    return {"W": X.T @ d, "b": d.sum(0)}
def make_batches(X, Y, size, rng):
    order = rng.permutation(len(X))
    return [(X[order[s:s + size]], Y[s:s + size]) for s in range(0, len(X), size)]    # DEFECT
def train(steps=10):
    p, h, rng = init(), [], np.random.default_rng(2)
    for _ in range(steps):
        batches = make_batches(FEAT, ONE, 24, rng)
        for xb, yb in batches:
            g = grads(p, xb, yb)
            for k in p: p[k] = p[k] - .2 * g[k]
        h.append(loss(p))
    return h, p
def case():
    return dict(params=init(), loss=loss, grads=grads, lr=.2, steps=30, train=train)
