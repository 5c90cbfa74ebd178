"""Kind: gradient. Softmax cross-entropy layer: the loss is a mean, backward forgets / n. Layers are classes."""
import numpy as np
from sklearn.datasets import load_iris

i = load_iris(); X = (i.data - i.data.mean(0)) / i.data.std(0); t = i.target
class Affine:
    def __init__(self, W, b): self.W, self.b = W, b
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, g): self.dW, self.db = self.x.T @ g, g.sum(0); return g @ self.W.T
class Relu:
    def forward(self, x): self.mask = x <= 0; out = x.copy(); out[self.mask] = 0; return out
    def backward(self, g): g = g.copy(); g[self.mask] = 0; return g
class SoftmaxLoss:
    def forward(self, x, t): e = np.exp(x - x.max(1, keepdims=True)); self.y, self.t = e / e.sum(1, keepdims=True), t; return -np.mean(np.log(self.y[np.arange(len(t)), t] + 1e-7))
    def backward(self):
        g = self.y.copy(); g[np.arange(len(self.t)), self.t] -= 1
        return g                                                   # DEFECT: g / len(t)
class TwoLayer:
    def __init__(self, p): self.layers = [Affine(p["W1"], p["b1"]), Relu(), Affine(p["W2"], p["b2"])]; self.last = SoftmaxLoss()
    def loss(self, x, t):
        for l in self.layers: x = l.forward(x)
        return float(self.last.forward(x, t))
    def gradient(self, x, t):
        self.loss(x, t); g = self.last.backward()
        for l in reversed(self.layers): g = l.backward(g)
        a, _, c = self.layers; return {"W1": a.dW, "b1": a.db, "W2": c.dW, "b2": c.db}
def init(): r = np.random.RandomState(0); return {"W1": r.randn(4, 8) * .5, "b1": np.zeros(8), "W2": r.randn(8, 3) * .5, "b2": np.zeros(3)}
def case(): return dict(params=init(), loss=lambda p: TwoLayer(p).loss(X, t), grads=lambda p: TwoLayer(p).gradient(X, t), lr=.1, steps=100)
