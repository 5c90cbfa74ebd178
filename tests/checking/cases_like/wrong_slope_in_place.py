"""Kind: gradient. The slope is written into the activations, which the weights' gradient still needs."""
import numpy as np
rs = np.random.RandomState(9); X = rs.randn(40, 4); y = X[:, [0]] ** 2 - X[:, [1]]
def relu(z): return z * (z > 0)
def relu_grad(a):
    a[a > 0] = 1       # DEFECT
    a[a <= 0] = 0      # DEFECT
    return a
class Net:
    def __init__(self): r = np.random.RandomState(10); self.W1, self.b1, self.W2, self.b2 = r.randn(4, 7) * .7, np.full(7, .1), r.randn(7, 1) * .5, np.zeros(1)
    def forward(self, X): self.a1 = relu(X @ self.W1 + self.b1); return self.a1 @ self.W2 + self.b2
    def mse(self, X, y): return np.mean((self.forward(X) - y) ** 2)
    def backward(self, X, y):
        d2 = 2 * (self.forward(X) - y) / len(X)
        d1 = (d2 @ self.W2.T) * relu_grad(self.a1)
        return {"W2": self.a1.T @ d2, "b2": d2.sum(0), "W1": X.T @ d1, "b1": d1.sum(0)}
def N(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: N(p).mse(X, y), grads=lambda p: N(p).backward(X, y), lr=.02, steps=100)
