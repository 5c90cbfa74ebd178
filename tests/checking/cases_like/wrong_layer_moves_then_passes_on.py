"""Kind: update. A layer updates its weights, with momentum, before it passes the error on through them."""
import numpy as np

g = np.random.default_rng(4)
X = g.normal(size=(50, 3))
Y = (X[:, :1] > X[:, 1:2]).astype(float)


class Momentum:
    def __init__(self, rate, mu):
        self.rate, self.mu, self.v = rate, mu, {}

    def step(self, key, value, grad):
        self.v[key] = self.mu * self.v.get(key, 0.0) - self.rate * grad
        return value + self.v[key]


class Linear:
    def __init__(self, n, m, rng, name):
        self.W, self.b, self.name = rng.normal(size=(n, m)) / np.sqrt(n), np.zeros((1, m)), name

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d, opt):
        gW, gb = self.x.T @ d, d.sum(0, keepdims=True)
        self.W = opt.step(self.name + "W", self.W, gW)  # DEFECT
        self.b = opt.step(self.name + "b", self.b, gb)
        return d @ self.W.T  # DEFECT


class Tanh:
    def forward(self, x):
        self.a = np.tanh(x)
        return self.a

    def backward(self, d, opt):
        return d * (1 - self.a**2)


class Net:
    def __init__(self, seed=0):
        rng = np.random.default_rng(seed)
        self.layers = [Linear(3, 8, rng, "a"), Tanh(), Linear(8, 5, rng, "m"), Tanh(), Linear(5, 1, rng, "z")]

    def forward(self, x):
        for l in self.layers:
            x = l.forward(x)
        return 1 / (1 + np.exp(-x))

    def loss(self, x, y):
        p = np.clip(self.forward(x), 1e-12, 1 - 1e-12)
        return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))

    def fit(self, x, y, epochs, opt):
        out = []
        for e in range(epochs):
            for s in range(0, len(x), 10):
                d = (self.forward(x[s : s + 10]) - y[s : s + 10]) / 10
                for l in reversed(self.layers):
                    d = l.backward(d, opt)
            out.append(self.loss(x, y))
        return out


def _net(p):
    n = Net()
    for k in (0, 2, 4):
        n.layers[k].W, n.layers[k].b = p["W%d" % k], p["b%d" % k]
    return n


def _grads(p):
    n = _net(p)
    d = (n.forward(X) - Y) / len(X)
    out = {}
    for k in (4, 3, 2, 1, 0):
        l = n.layers[k]
        if k % 2:
            d = d * (1 - l.a**2)
            continue
        out["W%d" % k], out["b%d" % k] = l.x.T @ d, d.sum(0, keepdims=True)
        d = d @ l.W.T
    return out


def train(steps=20):
    n = Net()
    return n.fit(X, Y, steps, Momentum(0.1, 0.8)), n


def case():
    n = Net()
    return dict(
        params={k + str(i): getattr(n.layers[i], k) for i in (0, 2, 4) for k in "Wb"},
        loss=lambda p: _net(p).loss(X, Y),
        grads=_grads,
        lr=0.1,
        steps=20,
        train=train,
    )
