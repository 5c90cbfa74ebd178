"""Kind: gradient. The error is sent back through the weights, and not used."""
import numpy as np

r = np.random.RandomState(8)
X = r.randn(40, 3)
y = (X[:, :1] ** 2 + X[:, 1:2] > 0.7) * 1.0


class Net:
    def __init__(self):
        q = np.random.RandomState(1)
        self.V = q.randn(3, 6)
        self.w = q.randn(6, 1)
        self.c = np.zeros((1, 6))

    def feed(self, X):
        self.H = 1 / (1 + np.exp(-(X @ self.V + self.c)))
        self.out = self.H @ self.w
        return self.out

    def cost(self, X, y):
        return ((self.feed(X) - y) ** 2).mean()

    def back(self, X, y):
        delta2 = 2 * (self.feed(X) - y) / len(y)
        err = delta2.dot(self.w.T)
        delta1 = delta2 * self.H * (1 - self.H)  # DEFECT
        return {"V": X.T.dot(delta1), "c": delta1.sum(0, keepdims=True), "w": self.H.T.dot(delta2)}


def of(p):
    n = Net()
    n.__dict__.update(p)
    return n


def case():
    n = Net()
    return dict(
        params={"V": n.V, "w": n.w, "c": n.c},
        loss=lambda p: of(p).cost(X, y),
        grads=lambda p: of(p).back(X, y),
        lr=0.1,
        steps=50,
    )
