"""Kind: reporting. The last, smaller batch counts as a full one in the loss of the epoch."""
import numpy as np
class Data:
    def __init__(self, n=90):
        r = np.random.default_rng(7); self.x = r.uniform(-2, 2, (n, 1)); self.y = np.sin(self.x)
    def batches(self, size):
        for i in range(0, len(self.x), size): yield self.x[i:i + size], self.y[i:i + size]
class Net:
    def __init__(self):
        r = np.random.default_rng(2)
        self.w = [r.normal(0, 1, (1, 9)), r.normal(0, .4, (9, 1))]; self.b = [np.zeros((1, 9)), np.zeros((1, 1))]
    def forward(self, x):
        self.a = [x, np.tanh(x @ self.w[0] + self.b[0])]
        return self.a[1] @ self.w[1] + self.b[1]
    def loss(self, x, y): return np.mean((self.forward(x) - y) ** 2)
    def backward(self, x, y):
        d = 2 * (self.forward(x) - y) / len(x); e = d @ self.w[1].T * (1 - self.a[1] ** 2)
        return [x.T @ e, self.a[1].T @ d], [e.sum(0, keepdims=True), d.sum(0, keepdims=True)]
class Trainer:
    def __init__(self, net, data, size=32): self.net, self.data, self.size = net, data, size
    def epoch(self, lr):
        self.running = 0.0
        for x, y in self.data.batches(self.size):
            dw, db = self.net.backward(x, y)
            for i in range(2): self.net.w[i] -= lr * dw[i]; self.net.b[i] -= lr * db[i]
            self.running += self.net.loss(x, y) * self.size  # DEFECT
        return self.running / len(self.data.x)  # DEFECT
D = Data()
def _n(p): n = Net(); n.w = [p["w0"], p["w1"]]; n.b = [p["b0"], p["b1"]]; return n
def grads(p): dw, db = _n(p).backward(D.x, D.y); return dict(w0=dw[0], w1=dw[1], b0=db[0], b1=db[1])
def train(steps=10):
    n = Net(); t = Trainer(n, D); return [t.epoch(.05) for _ in range(steps)], n
def case():
    n = Net(); return dict(params=dict(w0=n.w[0], w1=n.w[1], b0=n.b[0], b1=n.b[1]), loss=lambda p: float(_n(p).loss(D.x, D.y)), grads=grads, lr=.05, steps=10, train=train)
