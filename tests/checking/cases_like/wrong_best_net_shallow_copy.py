"""Kind: update. A shallow copy of the network has the same dict of parameters."""
import copy
import numpy as np
rs = np.random.RandomState(5)
X = rs.randn(3, 25); T = np.tanh(X[:1] - X[1:2]); XV = rs.randn(3, 40); TV = np.tanh(XV[:1] - XV[1:2])
class Net:
    def __init__(self):
        r = np.random.RandomState(2)
        self.p = dict(A=r.randn(8, 3) * .5, a=np.zeros((8, 1)), B=r.randn(1, 8) * .5, b=np.zeros((1, 1)))
    def out(self, x):
        self.h = np.tanh(self.p["A"] @ x + self.p["a"]); return self.p["B"] @ self.h + self.p["b"]
    def loss(self, x, t): return float(np.mean((self.out(x) - t) ** 2))
    def grad(self, x, t):
        e = 2 * (self.out(x) - t) / x.shape[1]; k = self.p["B"].T @ e * (1 - self.h ** 2)
        return dict(A=k @ x.T, a=k.sum(1, keepdims=True), B=e @ self.h.T, b=e.sum(1, keepdims=True))
class Checkpoint:
    def __init__(self): self.low, self.saved = 1e9, None
    def keep(self, net):
        self.saved = copy.copy(net)  # DEFECT
    def __call__(self, net):
        now = net.loss(XV, TV)
        if now < self.low:
            self.low = now
            self.keep(net)
def train(steps=200):
    net, cp, hist = Net(), Checkpoint(), []
    for _ in range(steps):
        hist.append(net.loss(X, T))
        g = net.grad(X, T)
        for k in net.p: net.p[k] = net.p[k] - .1 * g[k]  # DEFECT
        cp(net)
    return hist, cp.saved
def _n(p): n = Net(); n.p = p; return n
def case(): return dict(params=Net().p, loss=lambda p: _n(p).loss(X, T), grads=lambda p: _n(p).grad(X, T), lr=.1, steps=200, train=train)
