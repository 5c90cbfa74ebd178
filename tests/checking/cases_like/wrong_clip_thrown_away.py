"""Kind: numerics/loss. np.clip returns a new array, and nothing takes it."""
import numpy as np
f4 = np.float32
g = np.random.default_rng(13)
kind = np.repeat([0, 1, 2], 50)
mid = np.array([[1., .2, .4], [.2, 1.1, .6], [.4, .4, 1.2]])
gain = g.lognormal(1.2, 1.1, (150, 1))                                 # exposure of each picture
feats = ((mid[kind] + g.normal(0, .12, (150, 3))) * gain).astype(f4)
T = np.eye(3, dtype=f4)[kind]
class Net:
    def __init__(self):
        r = np.random.default_rng(6)
        self.A = r.normal(0, .3, (3, 10)).astype(f4); self.a = np.zeros(10, f4)
        self.B = r.normal(0, .3, (10, 3)).astype(f4); self.c = np.zeros(3, f4)
    def out(self, x):
        self.h = np.maximum(x @ self.A + self.a, 0)
        s = self.h @ self.B + self.c
        s = s - s.max(axis=1, keepdims=True)
        e = np.exp(s)
        return e / e.sum(axis=1, keepdims=True)
    def nll(self, x, t):
        q = self.out(x)
        np.clip(q, 1e-7, 1.0)                                          # DEFECT
        return float(-np.mean(np.sum(t * np.log(q), axis=1)))
    def back(self, x, t):
        d = (self.out(x) - t) / f4(len(x))
        k = d @ self.B.T * (self.h > 0)
        return dict(A=x.T @ k, a=k.sum(axis=0), B=self.h.T @ d, c=d.sum(axis=0))
    def train(self, n, lr):
        seen = []
        for _ in range(n):
            seen.append(self.nll(feats, T))
            for name, step in self.back(feats, T).items():
                setattr(self, name, getattr(self, name) - f4(lr) * step)
        return seen
def _net(p): n = Net(); n.__dict__.update(p); return n
def case():
    n = Net()
    return dict(params={k: getattr(n, k) for k in "AaBc"}, loss=lambda p: _net(p).nll(feats, T), grads=lambda p: _net(p).back(feats, T), lr=.1, steps=200,
                metric=lambda p: float(np.mean(_net(p).out(feats).argmax(1) == kind)), float32=True)
