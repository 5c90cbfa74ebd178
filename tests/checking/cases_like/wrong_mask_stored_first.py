"""Kind: gradient. A leaky activation, whose slope is made as a mask of zeros and ones on a line of its own."""
import numpy as np


class LeakyReLU:
    def __init__(self, negative_slope=0.2): self.negative_slope = negative_slope
    def __call__(self, x): return np.where(x > 0, x, self.negative_slope * x)
    def vjp(self, x, upstream):
        jac = np.zeros_like(x)
        jac[x > 0] = 1.0  # DEFECT
        return jac * upstream


class Dense:
    def __init__(self, w, b): self.w, self.b = w, b
    def __call__(self, x): return x @ self.w.T + self.b
    def vjp(self, x, upstream):
        self.gw, self.gb = upstream.T @ x, upstream.sum(0)
        return upstream @ self.w


class Sequential:
    def __init__(self, *mods): self.mods = mods
    def __call__(self, x):
        self.xs = [x]
        for m in self.mods: self.xs.append(m(self.xs[-1]))
        return self.xs[-1]
    def pull(self, g):
        for m, x in zip(self.mods[::-1], self.xs[-2::-1]): g = m.vjp(x, g)
        return g


gen = np.random.default_rng(77)
angle = gen.uniform(0, 2 * np.pi, 110)
obs = np.c_[np.cos(angle), np.sin(angle), gen.normal(0, .2, 110)]
resp = np.c_[np.sin(2 * angle), np.cos(angle) ** 3]


def theta0():
    g = np.random.default_rng(78)
    return {"w0": g.normal(0, .6, (10, 3)), "b0": g.normal(0, .2, 10), "w1": g.normal(0, .4, (10, 10)), "b1": g.normal(0, .2, 10), "w2": g.normal(0, .3, (2, 10)), "b2": np.zeros(2)}


def net(t): return Sequential(Dense(t["w0"], t["b0"]), LeakyReLU(), Dense(t["w1"], t["b1"]), LeakyReLU(), Dense(t["w2"], t["b2"]))
def objective(t): return float(((net(t)(obs) - resp) ** 2).sum(1).mean())


def gradient(t):
    n = net(t)
    n.pull(2 * (n(obs) - resp) / len(obs))
    out = {}
    for k, m in enumerate(n.mods[::2]):
        out["w%d" % k], out["b%d" % k] = m.gw, m.gb
    return out


def case(): return dict(params=theta0(), loss=objective, grads=gradient, lr=.05, steps=400, kinks=True)
