"""Kind: gradient: one number for all biases, and a size called a that is no learning rate."""
import numpy as np
class Dense:
    def __init__(self, a, b, rng): self.W = rng.normal(size=(a, b)) * .5; self.b = np.zeros(b)
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, g, lr):
        back = g @ self.W.T
        self.W -= lr * self.x.T @ g
        self.b -= lr * g.sum()  # DEFECT
        return back
class Tanh:
    def forward(self, x): self.y = np.tanh(x); return self.y
    def backward(self, g, lr): return g * (1 - self.y ** 2)
class Net:
    def __init__(self): r = np.random.default_rng(0); self.layers = [Dense(2, 6, r), Tanh(), Dense(6, 1, r)]
    def forward(self, x):
        for l in self.layers: x = l.forward(x)
        return x
    def train(self, X, y, epochs, lr):
        for e in range(epochs):
            p = self.forward(X); err = np.mean((p - y) ** 2)
            g = 2 * (p - y) / len(X)
            for l in reversed(self.layers): g = l.backward(g, lr)
            if e % 50 == 0: print(e, err)
r = np.random.default_rng(1); X = r.normal(size=(40, 2)); y = X[:, :1] * X[:, 1:]
net = Net(); net.train(X, y, 200, 0.05)
