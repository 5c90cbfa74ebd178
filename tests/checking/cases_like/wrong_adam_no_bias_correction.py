"""Kind: optimizer. Adam divides by the uncorrected second moment."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(200, noise=.15, random_state=4); y = y[:, None].astype(float)
def init(seed=0): r = np.random.RandomState(seed); return {"W1": r.randn(2, 8) * .7, "b1": np.zeros((1, 8)), "W2": r.randn(8, 1) * .5, "b2": np.zeros((1, 1))}
def fwd(p): a = np.tanh(X @ p["W1"] + p["b1"]); return a, 1 / (1 + np.exp(-(a @ p["W2"] + p["b2"])))
def loss(p): o = np.clip(fwd(p)[1], 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def grads(p): a, o = fwd(p); e = (o - y) / len(X); h = e @ p["W2"].T * (1 - a * a); return {"W1": X.T @ h, "b1": h.sum(0, keepdims=True), "W2": a.T @ e, "b2": e.sum(0, keepdims=True)}
class Adam:
    def __init__(self, lr=.01, b1=.9, b2=.999, eps=1e-8): self.lr, self.b1, self.b2, self.eps, self.m, self.v, self.t = lr, b1, b2, eps, {}, {}, 0
    def step(self, p, g):
        self.t += 1
        for k in p:
            self.m[k] = self.b1 * self.m.get(k, 0) + (1 - self.b1) * g[k]
            self.v[k] = self.b2 * self.v.get(k, 0) + (1 - self.b2) * g[k] ** 2
            mh = self.m[k] / (1 - self.b1 ** self.t)
            p[k] = p[k] - self.lr * mh / (np.sqrt(self.v[k]) + self.eps)   # DEFECT: v needs / (1 - b2 ** t)
        return p
def train(steps=100):
    p, opt, h = init(), Adam(), []
    for _ in range(steps): h.append(loss(p)); p = opt.step(p, grads(p))
    return h, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.01, steps=100, train=train)
