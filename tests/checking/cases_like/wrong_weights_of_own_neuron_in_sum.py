"""Kind: gradient. The weights of the hidden unit in a sum over the outputs."""
import numpy as np, math

class Unit:
    def __init__(self, n, r):
        self.weights = [r.gauss(0, .8) for _ in range(n)]; self.bias = r.gauss(0, .3); self.delta = 0.0; self.out = 0.0
    def fire(self, xs):
        self.out = math.tanh(self.bias + sum(w * x for w, x in zip(self.weights, xs)))
        return self.out

import random
class Net:
    def __init__(self):
        r = random.Random(4)
        self.hidden = [Unit(3, r) for _ in range(4)]; self.top = [Unit(4, r) for _ in range(3)]
    def forward(self, xs):
        hs = [u.fire(xs) for u in self.hidden]
        return [u.fire(hs) for u in self.top]
    def backward(self, xs, ts):
        for u, t in zip(self.top, ts): u.delta = (u.out - t) * (1 - u.out ** 2)
        for j in range(len(self.hidden)):
            s = 0.0
            for k in range(len(self.top)):
                s += self.hidden[j].weights[k] * self.top[k].delta  # DEFECT
            self.hidden[j].delta = s * (1 - self.hidden[j].out ** 2)
    def grads(self, data):
        gw1 = np.zeros((4, 3)); gb1 = np.zeros(4); gw2 = np.zeros((3, 4)); gb2 = np.zeros(3)
        for xs, ts in data:
            self.forward(xs); self.backward(xs, ts)
            for j in range(4):
                gb1[j] += self.hidden[j].delta
                for i in range(3): gw1[j, i] += self.hidden[j].delta * xs[i]
            for k in range(3):
                gb2[k] += self.top[k].delta
                for j in range(4): gw2[k, j] += self.top[k].delta * self.hidden[j].out
        return dict(w1=gw1, b1=gb1, w2=gw2, b2=gb2)
    def load(self, p):
        for j, u in enumerate(self.hidden): u.weights = list(p["w1"][j]); u.bias = p["b1"][j]
        for k, u in enumerate(self.top): u.weights = list(p["w2"][k]); u.bias = p["b2"][k]
        return self

R = np.random.default_rng(1)
DATA = [(list(R.normal(size=3)), list(np.tanh(R.normal(size=3)))) for _ in range(6)]
def loss(p):
    n = Net().load(p); return sum(.5 * (o - t) ** 2 for xs, ts in DATA for o, t in zip(n.forward(xs), ts))
def grads(p): return Net().load(p).grads(DATA)
def start():
    n = Net()
    return dict(w1=np.array([u.weights for u in n.hidden]), b1=np.array([u.bias for u in n.hidden]), w2=np.array([u.weights for u in n.top]), b2=np.array([u.bias for u in n.top]))
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.1, steps=50)
