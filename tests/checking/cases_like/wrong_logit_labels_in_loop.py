"""Kind: data/loss. Labels -1 and 1 in log(1 + exp(z)) - y * z, sample by sample."""
import numpy as np
rs = np.random.RandomState(15)
P = np.vstack([rs.randn(30, 2) - 1, rs.randn(30, 2) + 1])
t = [-1] * 30 + [1] * 30     # DEFECT
class Net:
    def __init__(self):
        q = np.random.RandomState(1)
        self.W1, self.b1, self.W2, self.b2 = q.randn(2, 5) * .5, np.zeros(5), q.randn(5) * .5, np.zeros(1)
    def logit(self, x):
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2[0]
    def loss(self):
        s = 0
        for x, y in zip(P, t):
            z = self.logit(x)
            s += np.log(1 + np.exp(z)) - y * z
        return s / len(P)
    def grad(self):
        g = {k: np.zeros_like(getattr(self, k)) for k in ("W1", "b1", "W2", "b2")}
        for x, y in zip(P, t):
            z = self.logit(x)
            d = (1 / (1 + np.exp(-z)) - y) / len(P)
            g["W2"] += d * self.h; g["b2"] += d
            dh = d * self.W2 * (1 - self.h ** 2)
            g["W1"] += np.outer(x, dh); g["b1"] += dh
        return g
def put(p):
    o = Net()
    for k, v in p.items(): setattr(o, k, v)
    return o
def train(steps=30):
    o = Net(); h = []
    for _ in range(steps):
        h.append(float(o.loss()))
        for k, v in o.grad().items(): setattr(o, k, getattr(o, k) - .3 * v)
    return h, o
def case():
    return dict(params=dict(vars(Net())), loss=lambda p: put(p).loss(), grads=lambda p: put(p).grad(), lr=.3, steps=30, train=train)
