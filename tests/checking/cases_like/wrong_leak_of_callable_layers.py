"""Kind: gradient. The leak is 0.01 forwards and 0.1 backwards."""
import numpy as np
import numpy.random as npr
class LeakyReLU:
    def __call__(self, x):
        self.x = x
        return np.where(x > 0, x, 0.01 * x)
    def backward(self, grad):
        return grad * np.where(self.x > 0, 1.0, 0.1)   # DEFECT
class Linear:
    def __init__(self, i, o, seed): r = npr.RandomState(seed); self.w = r.randn(i, o) * (2 / i) ** .5; self.b = np.zeros(o)
    def __call__(self, x): self.x = x; return x @ self.w + self.b
    def backward(self, grad):
        self.dw = self.x.T @ grad; self.db = grad.sum(0)
        return grad @ self.w.T
class Net:
    def __init__(self): self.layers = [Linear(3, 9, 0), LeakyReLU(), Linear(9, 9, 1), LeakyReLU(), Linear(9, 1, 2)]
    def __call__(self, x):
        for l in self.layers: x = l(x)
        return x
    def backward(self, g):
        for l in reversed(self.layers): g = l.backward(g)
    def linears(self): return [l for l in self.layers if isinstance(l, Linear)]
r = npr.RandomState(77); A = r.randn(48, 3); B = np.abs(A).sum(1, keepdims=True)
def with_(p):
    n = Net()
    for i, l in enumerate(n.linears()): l.w, l.b = p[f"w{i}"], p[f"b{i}"]
    return n
def loss(p): return float(((with_(p)(A) - B) ** 2).mean())
def grads(p):
    n = with_(p); n.backward(2 * (n(A) - B) / len(A))
    out = {}
    for i, l in enumerate(n.linears()): out[f"w{i}"] = l.dw; out[f"b{i}"] = l.db
    return out
def case():
    ps = {}
    for i, l in enumerate(Net().linears()): ps[f"w{i}"] = l.w; ps[f"b{i}"] = l.b
    return dict(params=ps, loss=loss, grads=grads, lr=.01, steps=200)
