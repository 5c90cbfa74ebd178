"""Kind: update. A step is made every eight chunks, and the sums are set back in each: seven of eight are lost."""
import numpy as np

def clips(n=192, seed=9):
    r = np.random.default_rng(seed)
    wake = r.random(n) < 0.4
    feats = r.normal(0, 1, (n, 5)) + np.outer(wake, [1.5, -1.0, 0, 0.8, 0])
    return feats, wake.astype(float)[:, None]

FEATS, WAKE = clips()

class Detector:
    def __init__(self, seed=0):
        r = np.random.default_rng(seed)
        self.p = {"W1": r.normal(0, .4, (5, 6)), "b1": np.zeros(6), "W2": r.normal(0, .4, (6, 1)), "b2": np.zeros(1)}
        self.zero_grad()

    def zero_grad(self): self.g = {k: np.zeros_like(v) for k, v in self.p.items()}

    def forward(self, x):
        self.x, self.h = x, np.tanh(x @ self.p["W1"] + self.p["b1"])
        return 1 / (1 + np.exp(-(self.h @ self.p["W2"] + self.p["b2"])))

    def loss(self, x, t):
        o = np.clip(self.forward(x), 1e-9, 1 - 1e-9)
        return float(-np.mean(t * np.log(o) + (1 - t) * np.log(1 - o)))

    def backward(self, x, t):
        d = self.forward(x) - t
        e = d @ self.p["W2"].T * (1 - self.h ** 2)
        self.g["W2"] += self.h.T @ d; self.g["b2"] += d.sum(0)
        self.g["W1"] += x.T @ e; self.g["b1"] += e.sum(0)

    def step(self, lr, n):
        for k in self.p: self.p[k] = self.p[k] - lr * self.g[k] / n

    def fit(self, steps=60, lr=0.5, chunk=8, wanted=64):
        history, accumulated = [], 0
        for it in range(steps * wanted // chunk):
            lo = it * chunk % len(FEATS)
            self.zero_grad()                                     # DEFECT
            self.backward(FEATS[lo:lo + chunk], WAKE[lo:lo + chunk])
            accumulated += chunk
            if accumulated >= wanted:
                self.step(lr, accumulated)
                accumulated = 0
                history.append(self.loss(FEATS, WAKE))
        return history

def _d(p): d = Detector(); d.p = dict(p); return d
def _g(p):
    d = _d(p); d.zero_grad(); d.backward(FEATS, WAKE)
    return {k: v / len(FEATS) for k, v in d.g.items()}
def train(steps=60): d = Detector(); return d.fit(steps), d
def case(): return dict(params=Detector().p, loss=lambda p: _d(p).loss(FEATS, WAKE), grads=_g, lr=0.5, steps=60, train=train)
