"""Kind: optimizer. t is advanced inside the loop over the parameters."""
import numpy as np
from sklearn.datasets import load_iris

d = load_iris(); X = (d.data - d.data.mean(0)) / d.data.std(0); T = np.eye(3)[d.target]
class Net:
    def __init__(self, seed=1): r = np.random.RandomState(seed); self.p = [r.randn(4, 6) * .5, np.zeros(6), r.randn(6, 3) * .5, np.zeros(3)]; self.m = [0 * w for w in self.p]; self.v = [0 * w for w in self.p]; self.t = 0
    def forward(self): W, b, V, c = self.p; self.h = np.maximum(0, X @ W + b); s = self.h @ V + c; e = np.exp(s - s.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
    def loss(self): return float(-np.mean(np.sum(T * np.log(self.forward() + 1e-12), 1)))
    def grads(self): d = (self.forward() - T) / len(X); k = d @ self.p[2].T * (self.h > 0); return [X.T @ k, k.sum(0), self.h.T @ d, d.sum(0)]
    def adam(self, lr=.01, b1=.9, b2=.999):
        for i, g in enumerate(self.grads()):
            self.t += 1                                            # DEFECT: once per step, before the loop
            self.m[i] = b1 * self.m[i] + (1 - b1) * g; self.v[i] = b2 * self.v[i] + (1 - b2) * g * g
            self.p[i] = self.p[i] - lr * (self.m[i] / (1 - b1 ** self.t)) / (np.sqrt(self.v[i] / (1 - b2 ** self.t)) + 1e-8)   # DEFECT
def _n(q): n = Net(); n.p = [q[k] for k in "WbVc"]; return n
def train(steps=60):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.adam()
    return h, n
def case(): return dict(params=dict(zip("WbVc", Net().p)), loss=lambda q: _n(q).loss(), grads=lambda q: dict(zip("WbVc", _n(q).grads())), lr=.01, steps=60, train=train)
