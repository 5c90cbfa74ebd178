"""Kind: update. Adam is given gradients that are added up from step to step."""
import numpy as np
class Param:
    def __init__(self, v): self.v, self.g = v, np.zeros_like(v)
class Adam:
    def __init__(self, ps, lr=.01): self.ps, self.lr, self.t = ps, lr, 0; self.m = [np.zeros_like(p.v) for p in ps]; self.s = [np.zeros_like(p.v) for p in ps]
    def step(self):
        self.t += 1
        for i, p in enumerate(self.ps):
            self.m[i] = .9 * self.m[i] + .1 * p.g
            self.s[i] = .999 * self.s[i] + .001 * p.g ** 2
            p.v = p.v - self.lr * (self.m[i] / (1 - .9 ** self.t)) / (np.sqrt(self.s[i] / (1 - .999 ** self.t)) + 1e-8)
class Net:
    def __init__(self, seed=3):
        r = np.random.default_rng(seed); self.W, self.b, self.V, self.c = Param(r.normal(0, .6, (2, 8))), Param(np.zeros(8)), Param(r.normal(0, .6, (8, 1))), Param(np.zeros(1))
    def parameters(self): return [self.W, self.b, self.V, self.c]
    def forward(self, x): self.x = x; self.h = np.tanh(x @ self.W.v + self.b.v); return self.h @ self.V.v + self.c.v
    def backward(self, d):
        self.V.g += self.h.T @ d; self.c.g += d.sum(0)  # DEFECT
        e = d @ self.V.v.T * (1 - self.h ** 2)
        self.W.g += self.x.T @ e; self.b.g += e.sum(0)  # DEFECT
g = np.random.default_rng(1); X = g.normal(size=(70, 2)); y = X[:, :1] * X[:, 1:]
def mse(n): return float(np.mean((n.forward(X) - y) ** 2))
def train(steps=120):
    n = Net(); opt, h = Adam(n.parameters()), []
    for _ in range(steps):
        out = n.forward(X)
        n.backward(2 * (out - y) / len(X))  # DEFECT
        opt.step()  # DEFECT
        h.append(mse(n))
    return h, n
def put(p): n = Net(); [setattr(q, "v", p[k]) for k, q in zip(("W", "b", "V", "c"), n.parameters())]; return n
def grads(p): n = put(p); n.backward(2 * (n.forward(X) - y) / len(X)); return {k: q.g for k, q in zip(("W", "b", "V", "c"), n.parameters())}
def case(): return dict(params={k: q.v for k, q in zip(("W", "b", "V", "c"), Net().parameters())}, loss=lambda p: mse(put(p)), grads=grads, lr=.01, steps=120, train=train)
