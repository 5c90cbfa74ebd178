"""Kind: data/loss. Labels 0 and 1 in the perceptron's criterion."""
import numpy as np
data = np.random.RandomState(0)
A = data.randn(60, 2) + np.where(np.arange(60)[:, None] % 2, 1.5, -1.5)
target = (np.arange(60) % 2)   # DEFECT
class Perceptron:
    def __init__(self):
        self.weights = np.array([.02, -.01, .03])
    def activation(self, row):
        return np.dot(row, self.weights[1:]) + self.weights[0]
    def criterion(self):
        c = 0.0
        for row, t in zip(A, target):
            a = self.activation(row)
            if t * a <= 0:
                c += -t * a
        return c
    def step(self):
        g = np.zeros(3)
        for row, t in zip(A, target):
            if t * self.activation(row) <= 0:
                g[1:] -= t * row
                g[0] -= t
        return g
    def fit(self, n, lr=.1):
        h = []
        for _ in range(n):
            h.append(self.criterion())
            self.weights = self.weights - lr * self.step()
        return h
def at(p):
    o = Perceptron(); o.weights = p["weights"]; return o
def train(steps=20):
    o = Perceptron(); return o.fit(steps), o
def case():
    return dict(params={"weights": np.array([.02, -.01, .03])}, loss=lambda p: at(p).criterion(), grads=lambda p: {"weights": at(p).step()}, lr=.1, steps=20, train=train, kinks=True)
