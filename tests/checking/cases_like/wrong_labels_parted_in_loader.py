"""Kind: data. A loader that shuffles inputs only."""
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
class Loader:
    def __init__(self, X, Y, size): self.X, self.Y, self.size, self.rng = X, Y, size, np.random.default_rng(3)
    def __iter__(self):
        perm = self.rng.permutation(len(self.X))
        for k in range(0, len(perm), self.size):
            yield self.X[perm[k:k + self.size]], self.Y[k:k + self.size]   # DEFECT
def train(steps=10):
    p, h = init(), []
    loader = Loader(FEAT, ONE, 30)
    for _ in range(steps):
        for x, t in loader:
            g = grads(p, x, t)
            p = {k: p[k] - .2 * g[k] for k in p}
        h.append(loss(p))
    return h, p
def case():
    return dict(params=init(), loss=loss, grads=grads, lr=.2, steps=30, train=train)
