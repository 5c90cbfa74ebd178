"""Correct. Batch normalisation that keeps running means for its use; accuracy is judged with them in every round."""
import numpy as np
r = np.random.default_rng(3)
X = r.normal(2, 3, (40, 3)); y = (X[:, :1] > 2).astype(float)
class BN:
    def __init__(self): q = np.random.default_rng(0); self.P = {"W": q.normal(size=(3, 6)), "g": np.ones(6), "b": np.zeros(6), "V": q.normal(size=(6, 1)), "c": np.zeros(1)}; self.rm, self.rv = np.zeros(6), np.ones(6); self.rng = np.random.default_rng(9)
    def forward(self, X, training=True):
        P = self.P; z = X @ P["W"]
        if training:
            m, v = z.mean(0), z.var(0); self.rm = .9 * self.rm + .1 * m; self.rv = .9 * self.rv + .1 * v
        else: m, v = self.rm, self.rv
        self.s = np.sqrt(v + 1e-5); self.n = (z - m) / self.s; self.a = np.maximum(0, self.n * P["g"] + P["b"])
        return 1 / (1 + np.exp(-(self.a @ P["V"] + P["c"])))
    def loss(self, X, y): o = np.clip(self.forward(X), 1e-9, 1 - 1e-9); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def grads(self, X, y):
        e = (self.forward(X) - y) / len(X); P = self.P; da = e @ P["V"].T * (self.a > 0); dn = da * P["g"]
        dz = (dn - dn.mean(0) - self.n * (dn * self.n).mean(0)) / self.s
        return {"W": X.T @ dz, "g": (da * self.n).sum(0), "b": da.sum(0), "V": self.a.T @ e, "c": e.sum(0)}
    def train(self, steps):
        h, acc = [], []
        for _ in range(steps):
            o = self.rng.permutation(len(X)); g = self.grads(X[o], y[o]); self.P = {k: self.P[k] - .2 * g[k] for k in g}
            h.append(self.loss(X, y)); acc.append(float(np.mean((self.forward(X, False) > .5) == y)))
        return h
def of(p): n = BN(); n.P = p; return n
def train(steps=40): n = BN(); return n.train(steps), n
def case(): return dict(params=BN().P, loss=lambda p: of(p).loss(X, y), grads=lambda p: of(p).grads(X, y), lr=.2, steps=40, train=train, kinks=True)
