"""Kind: update. The last step is multiplied by the rate once more, so nothing is carried on."""
import numpy as np

r = np.random.default_rng(61)
X = r.normal(size=(60, 3))
Y = np.tanh(X[:, :1] - X[:, 1:2])


class Net:
    def __init__(self, rate=0.05, momentum=0.8):
        s = np.random.default_rng(62)
        self.rate, self.momentum = rate, momentum
        self.p = {"U": s.normal(0, 0.5, (3, 5)), "c": np.zeros(5), "V": s.normal(0, 0.5, (5, 1)), "d": np.zeros(1)}
        self.before = {k: np.zeros_like(v) for k, v in self.p.items()}

    def out(self):
        self.h = np.tanh(X @ self.p["U"] + self.p["c"])
        return self.h @ self.p["V"] + self.p["d"]

    def error(self):
        return float(np.mean((self.out() - Y) ** 2))

    def slopes(self):
        e = 2 * (self.out() - Y) / len(X)
        b = e @ self.p["V"].T * (1 - self.h**2)
        return {"U": X.T @ b, "c": b.sum(0), "V": self.h.T @ e, "d": e.sum(0)}

    def step(self):
        for k, g in self.slopes().items():
            self.before[k] = self.rate * (g + self.momentum * self.before[k])  # DEFECT
            self.p[k] = self.p[k] - self.before[k]


def _net(p):
    n = Net()
    n.p = dict(p)
    return n


def train(steps=60):
    n, h = Net(), []
    for _ in range(steps):
        h.append(n.error())
        n.step()
    return h, n


def case():
    return dict(params=Net().p, loss=lambda p: _net(p).error(), grads=lambda p: _net(p).slopes(), lr=0.05, steps=60, train=train)
