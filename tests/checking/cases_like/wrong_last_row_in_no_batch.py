"""Kind: data. The slice ends one row before the end, so the last row is in no batch."""
import numpy as np

A = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [0, 2]], float)
B = np.array([[0], [1], [1], [0], [1], [1]], float)


class Net:
    def __init__(self, size=3):
        s = np.random.RandomState(63)
        self.size = size
        self.p = {"W1": s.randn(2, 5), "b1": np.zeros((1, 5)), "W2": s.randn(5, 1), "b2": np.zeros((1, 1))}

    def forward(self, x):
        self.h = np.tanh(x @ self.p["W1"] + self.p["b1"])
        return 1 / (1 + np.exp(-(self.h @ self.p["W2"] + self.p["b2"])))

    def loss(self, x, y):
        o = np.clip(self.forward(x), 1e-12, 1 - 1e-12)
        return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))

    def backward(self, x, y):
        d = (self.forward(x) - y) / len(x)
        e = d @ self.p["W2"].T * (1 - self.h**2)
        return {"W1": x.T @ e, "b1": e.sum(0, keepdims=True), "W2": self.h.T @ d, "b2": d.sum(0, keepdims=True)}

    def train(self, x, y, epochs):
        history = []
        for _ in range(epochs):
            for j in range(-(-len(x) // self.size)):
                first = j * self.size
                last = min(first + self.size, len(x) - 1)  # DEFECT
                g = self.backward(x[first:last], y[first:last])
                for k in g:
                    self.p[k] = self.p[k] - 0.5 * g[k]
            history.append(self.loss(x, y))
        return history


def _net(p):
    n = Net()
    n.p = dict(p)
    return n


def train(steps=40):
    n = Net()
    return n.train(A, B, steps), n


def case():
    return dict(params=Net().p, loss=lambda p: _net(p).loss(A, B), grads=lambda p: _net(p).backward(A, B), lr=0.5, steps=40, train=train)
