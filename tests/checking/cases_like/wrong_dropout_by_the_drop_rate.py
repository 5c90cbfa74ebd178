"""Kind: numerics. What stays on is divided by the share that goes off."""
import numpy as np

g = np.random.default_rng(4)
x = g.uniform(-1, 1, (60, 3))
y = np.abs(x[:, :1]) + 1.5


class Net:
    def __init__(self, rate=0.2):
        r = np.random.default_rng(0)
        self.noise, self.rate = np.random.default_rng(9), rate
        self.W, self.b, self.V, self.c = (
            r.normal(size=(3, 24)),
            r.normal(size=24) * 0.5,
            r.normal(size=(24, 1)) * 0.1,
            np.zeros(1),
        )

    def forward(self, x, training=False):
        a = np.tanh(x @ self.W + self.b)
        self.h = a
        self.m = (self.noise.random(a.shape) >= self.rate) / self.rate if training else np.ones(a.shape)  # DEFECT
        self.a = a * self.m
        return self.a @ self.V + self.c

    def loss(self, training=False):
        return float(0.5 * np.mean((self.forward(x, training) - y) ** 2))

    def backward(self, training=False):
        d = (self.forward(x, training) - y) / len(x)
        e = d @ self.V.T * self.m * (1 - self.h**2)
        return {"W": x.T @ e, "b": e.sum(0), "V": self.a.T @ d, "c": d.sum(0)}

    def fit(self, n, lr=0.005):
        trace = []
        for _ in range(n):
            for k, s in self.backward(True).items():
                setattr(self, k, getattr(self, k) - lr * s)
            trace.append(self.loss(True))
        return trace


def of(p):
    n = Net()
    n.__dict__.update(p)
    return n


def train(steps=100):
    n = Net()
    return n.fit(steps), n


def case():
    n = Net()
    return dict(
        params={k: getattr(n, k) for k in "WbVc"},
        loss=lambda p: of(p).loss(),
        grads=lambda p: of(p).backward(),
        lr=0.005,
        steps=100,
        train=train,
    )
