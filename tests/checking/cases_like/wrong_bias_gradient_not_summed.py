"""Kind: gradient: a bias gradient that keeps the axis of the samples."""
import numpy as np
rng = np.random.default_rng(5)
X = rng.normal(size=(24, 3))
y = np.sin(X).sum(axis=1, keepdims=True)

class Dense:
    def __init__(self, n, m, seed):
        self.W = np.random.default_rng(seed).normal(0, 0.4, (n, m))
        self.b = np.zeros(m)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad  # DEFECT
        return grad @ self.W.T

class Net:
    def __init__(self):
        self.first, self.second = Dense(3, 6, 0), Dense(6, 1, 1)

    def forward(self):
        self.h = np.tanh(self.first.forward(X))
        return self.second.forward(self.h)

    def loss(self):
        return float(((self.forward() - y) ** 2).mean())

    def gradients(self):
        d = 2 * (self.forward() - y) / y.size
        d = self.second.backward(d) * (1 - self.h ** 2)
        self.first.backward(d)
        return {"W1": self.first.dW, "b1": self.first.db, "W2": self.second.dW, "b2": self.second.db}

def net(p):
    n = Net()
    n.first.W, n.first.b, n.second.W, n.second.b = p["W1"], p["b1"], p["W2"], p["b2"]
    return n

def case():
    n = Net()
    p = {"W1": n.first.W, "b1": n.first.b, "W2": n.second.W, "b2": n.second.b}
    return dict(params=p, loss=lambda p: net(p).loss(), grads=lambda p: net(p).gradients(), lr=0.1, steps=40)
