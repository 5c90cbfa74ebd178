"""Kind: gradient. Softmax and squared error, one sample after the other: only the diagonal of softmax's derivative."""
import numpy as np

class Net:
    def __init__(self, p): self.p = p
    def softmax(self, x):
        e = np.exp(x - x.max())
        return e / np.sum(e, axis=0)
    def softmax_backward(self, s, up):
        return up * s * (1 - s)  # DEFECT
    def forward(self, x):
        self.x, self.h = x, np.tanh(self.p["V"] @ x)
        self.s = self.softmax(self.p["U"] @ self.h)
        return self.s
    def backward(self, y):
        d = self.softmax_backward(self.s, 2 * (self.s - y) / len(y))
        return {"U": np.outer(d, self.h), "V": np.outer(self.p["U"].T @ d * (1 - self.h ** 2), self.x)}

r = np.random.RandomState(3); L = np.arange(24) % 3
X = np.c_[r.normal(0, .6, (24, 3)) + 2 * np.eye(3)[L], np.ones(24)]; Y = np.eye(3)[L]
def p0(): r = np.random.RandomState(8); return {"V": r.randn(5, 4) * .5, "U": r.randn(3, 5) * .5}
def loss(p): return float(np.mean([np.mean((Net(p).forward(x) - y) ** 2) for x, y in zip(X, Y)]))
def grads(p):
    total = {k: np.zeros_like(v) for k, v in p.items()}
    for x, y in zip(X, Y):
        net = Net(p); net.forward(x)
        for k, v in net.backward(y).items(): total[k] += v / len(X)
    return total
def case(): return dict(params=p0(), loss=loss, grads=grads, lr=1.0, steps=60)
