"""Kind: gradient. A leaky ReLU gives itself for its derivative, in a method with a flag."""
import numpy as np

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1], [2, 0, 1], [0, 2, 1], [2, 1, 1], [1, 2, 1]], float)
y = np.array([[0, 1, 1, 2, 2, 2, 3, 3]]).T * 0.5 + 0.3 * X[:, :1] * X[:, 1:2]

class NN:
    def __init__(self, X, y, hidden=5, seed=1):
        r = np.random.RandomState(seed)
        self.X = X
        self.y = y
        self.W1 = r.uniform(-1, 1, (X.shape[1], hidden))
        self.W2 = r.uniform(-1, 1, (hidden, 1))
        self.b2 = np.zeros((1, 1))

    def nonlin(self, x, deriv=False):
        if deriv:
            return np.where(x > 0, x, x / 100)                   # DEFECT
        return np.where(x > 0, x, x / 100)

    def forward(self):
        self.z1 = np.dot(self.X, self.W1)
        self.l1 = self.nonlin(self.z1)
        self.l2 = np.dot(self.l1, self.W2) + self.b2
        self.errors = self.y - self.l2
        return self.l2

    def loss(self):
        self.forward()
        return float(np.sum(self.errors ** 2) / (2 * len(self.y)))

    def backward(self):
        self.forward()
        self.l2_delta = self.errors / len(self.y)
        self.l1_delta = np.dot(self.l2_delta, self.W2.T) * self.nonlin(self.z1, True)
        return {"W1": np.dot(self.X.T, self.l1_delta), "W2": np.dot(self.l1.T, self.l2_delta), "b2": self.l2_delta.sum(axis=0, keepdims=True)}

    def train(self, epochs=300, rate=0.05):
        losses = []
        for _ in range(epochs):
            losses.append(self.loss())
            step = self.backward()
            self.W1 += rate * step["W1"]
            self.W2 += rate * step["W2"]
            self.b2 += rate * step["b2"]
        return losses

def _nn(p):
    n = NN(X, y); n.W1, n.W2, n.b2 = p["W1"], p["W2"], p["b2"]; return n

def case():
    n = NN(X, y)
    return dict(params={"W1": n.W1, "W2": n.W2, "b2": n.b2}, loss=lambda p: _nn(p).loss(), grads=lambda p: {k: -v for k, v in _nn(p).backward().items()}, lr=0.05, steps=300)
