"""Kind: update. One pair of moments for three parameters."""
import numpy as np

r = np.random.default_rng(0)
X = r.normal(size=(40, 4))
y = np.tanh(X[:, :1] * X[:, 1:2])


def start():
    q = np.random.default_rng(1)
    return {k: q.normal(size=(4, 4)) / 2 for k in ("A", "B", "C")}


def forward(p):
    a = [X]
    for k in "ABC":
        a.append(np.tanh(a[-1] @ p[k]))
    return a


def loss(p):
    return float(np.mean((forward(p)[-1] - np.c_[y, -y, y * y, y]) ** 2))


def grads(p):
    a = forward(p)
    d = 2 * (a[-1] - np.c_[y, -y, y * y, y]) / a[-1].size
    g = {}
    for i, k in ((2, "C"), (1, "B"), (0, "A")):
        d = d * (1 - a[i + 1] ** 2)
        g[k] = a[i].T @ d
        d = d @ p[k].T
    return g


def case():
    return dict(params=start(), loss=loss, grads=grads, lr=0.1, steps=30, train=train)


class Adam:
    def __init__(self):
        self.m = np.zeros((4, 4))
        self.v = np.zeros((4, 4))
        self.t = 0

    def step(self, w, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g  # DEFECT
        self.v = 0.999 * self.v + 0.001 * g * g  # DEFECT
        return w - 0.01 * (self.m / (1 - 0.9**self.t)) / (np.sqrt(self.v / (1 - 0.999**self.t)) + 1e-8)


def train(steps=30):
    p, h, opt = start(), [], Adam()  # DEFECT
    for s in range(steps):
        g = grads(p)
        h.append(loss(p))
        for k in "ABC":
            p[k] = opt.step(p[k], g[k])
    return h, p
