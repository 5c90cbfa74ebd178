"""Kind: optimizer. Layer objects update their weights before they pass the error on."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); T = np.eye(3)[i.target]
class Dense:
    def __init__(self, a, b, r): self.W, self.b = r.normal(0, .5, (a, b)), np.zeros(b)
    def forward(self, x): self.x = x; self.o = np.tanh(x @ self.W + self.b); return self.o
    def backward(self, g, lr):
        g = g * (1 - self.o ** 2)
        self.W = self.W - lr * self.x.T @ g; self.b = self.b - lr * g.sum(0)   # DEFECT: after g @ self.W.T
        return g @ self.W.T                                        # DEFECT
class Net:
    def __init__(self, seed=0): r = np.random.default_rng(seed); self.layers = [Dense(4, 6, r), Dense(6, 5, r), Dense(5, 3, r)]
    def forward(self, x):
        for l in self.layers: x = l.forward(x)
        return x
    def loss(self): return float(np.mean((self.forward(X) - T) ** 2))
    def step(self, lr):
        g = 2 * (self.forward(X) - T) / T.size
        for l in reversed(self.layers): g = l.backward(g, lr)
def _p(n): return {f"{k}{i}": getattr(l, k) for i, l in enumerate(n.layers) for k in "Wb"}
def _n(p):
    n = Net()
    for i, l in enumerate(n.layers): l.W, l.b = p[f"W{i}"], p[f"b{i}"]
    return n
def _g(p): n = _n(p); n.step(.5); return {k: (p[k] - v) / .5 for k, v in _p(n).items()}
def train(steps=100):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.step(.5)
    return h, n
def case(): return dict(params=_p(Net()), loss=lambda p: _n(p).loss(), grads=_g, lr=.5, steps=100, train=train)
