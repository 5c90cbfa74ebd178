"""Correct. A list of biases beside that of the weights, moved in place."""
import numpy as np
class Net:
    def __init__(self, sizes, seed=1):
        r = np.random.RandomState(seed)
        self.Ws = [r.randn(o, i) / np.sqrt(i) for i, o in zip(sizes, sizes[1:])]
        self.bs = [np.zeros((o, 1)) for o in sizes[1:]]
    def forward(self, x):
        self.acts = [x]
        for W, b in zip(self.Ws, self.bs):
            x = 1 / (1 + np.exp(-(W @ x + b))); self.acts.append(x)
        return x
    def loss(self, x, y): return np.sum((self.forward(x) - y) ** 2) / (2 * x.shape[1])
    def backward(self, y):
        n = y.shape[1]; dWs, dbs = [0] * 2, [0] * 2
        d = (self.acts[-1] - y) / n * self.acts[-1] * (1 - self.acts[-1])
        for k in (1, 0):
            dWs[k] = d @ self.acts[k].T; dbs[k] = d.sum(1, keepdims=True)
            d = (self.Ws[k].T @ d) * self.acts[k] * (1 - self.acts[k])
        return dWs, dbs
    def apply(self, dWs, dbs, lr):
        for k in range(len(self.Ws)):
            self.Ws[k] -= lr * dWs[k]; self.bs[k] -= lr * dbs[k]
rng = np.random.RandomState(0)
X = rng.rand(2, 30) + 1; Y = (X[:1] > X[1:]) * 1.0
net = Net([2, 4, 1])
for it in range(200):
    net.loss(X, Y)
    dW, db = net.backward(Y)
    net.apply(dW, db, 1.0)
print(net.loss(X, Y))
