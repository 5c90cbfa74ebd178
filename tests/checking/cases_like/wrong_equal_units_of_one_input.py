"""Kind: initialization. One input, and all hidden units start equal."""
import numpy as np
x = np.linspace(-2, 2, 60).reshape(-1, 1); t = np.cos(2 * x)
class Fit:
    def __init__(self, m=8):
        self.u = np.ones((1, m)) * .3     # DEFECT
        self.c = np.zeros(m)
        self.v = np.ones((m, 1)) * .3     # DEFECT
        self.d = np.zeros(1)
    def out(self): self.h = np.tanh(x @ self.u + self.c); return self.h @ self.v + self.d
    def err(self): return float_((self.out() - t))
    def grad(self):
        e = 2 * (self.out() - t) / len(x); k = e @ self.v.T * (1 - self.h ** 2)
        return dict(u=x.T @ k, c=k.sum(0), v=self.h.T @ e, d=e.sum(0))
    def learn(self, n, lr=.1):
        L = []
        for _ in range(n):
            L.append(float(self.err())); g = self.grad()
            for k in g: setattr(self, k, getattr(self, k) - lr * g[k])
        return L
def float_(e): return np.mean(e ** 2)
def of(p):
    f = Fit()
    for k in p: setattr(f, k, p[k])
    return f
def train(steps=30): f = Fit(); return f.learn(steps), f
def case(): return dict(params=dict(u=Fit().u, c=Fit().c, v=Fit().v, d=Fit().d), loss=lambda p: of(p).err(), grads=lambda p: of(p).grad(), lr=.1, steps=30, train=train)
