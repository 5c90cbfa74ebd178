"""Kind: gradient. Neuron objects hand their activation to a slope that takes the weighted sum."""
import numpy as np

class Neuron:
    def __init__(self, n, rnd):
        self.w = rnd.normal(0, 1.2, n)
        self.b = rnd.normal(0, .5)
        self.total = self.activation = self.delta = 0.0

class Brain:
    def __init__(self, n_in=2, n_hid=6, seed=21):
        rnd = np.random.RandomState(seed)
        self.hidden = [Neuron(n_in, rnd) for _ in range(n_hid)]
        self.out = Neuron(n_hid, rnd)

    def derivative(self, v):
        return 1.0 - np.tanh(v) ** 2

    def submit(self, x):
        for h in self.hidden:
            h.total = h.w @ x + h.b
            h.activation = np.tanh(h.total)
        acts = np.array([h.activation for h in self.hidden])
        self.out.total = self.out.w @ acts + self.out.b
        self.out.activation = self.out.total
        return self.out.activation

    def learn(self, x, t, rate):
        self.submit(x)
        self.out.delta = self.out.activation - t
        for k, h in enumerate(self.hidden):
            back = self.out.delta * self.out.w[k]
            h.delta = back * self.derivative(h.activation)  # DEFECT
        acts = np.array([h.activation for h in self.hidden])
        self.out.w = self.out.w - rate * self.out.delta * acts
        self.out.b = self.out.b - rate * self.out.delta
        for h in self.hidden:
            h.w = h.w - rate * h.delta * x
            h.b = h.b - rate * h.delta

g = np.random.RandomState(2)
samples = g.uniform(-2, 2, (8, 2))
wanted = np.sin(samples[:, 0]) * np.cos(samples[:, 1])

def error(brain):
    return float(np.mean([0.5 * (brain.submit(x) - t) ** 2 for x, t in zip(samples, wanted)]))

def weights(b):
    return {"Wh": np.array([h.w for h in b.hidden]), "bh": np.array([h.b for h in b.hidden]), "wo": b.out.w.copy(), "bo": np.array([b.out.b])}

def brain_from(p):
    b = Brain()
    for h, w, c in zip(b.hidden, p["Wh"], p["bh"]):
        h.w, h.b = w.copy(), float(c)
    b.out.w, b.out.b = p["wo"].copy(), float(p["bo"][0])
    return b

def slopes(p):
    acc = {k: np.zeros_like(v) for k, v in p.items()}
    for x, t in zip(samples, wanted):
        b = brain_from(p)
        b.learn(x, t, 1.0)
        for k, v in weights(b).items():
            acc[k] += (p[k] - v) / len(samples)
    return acc

def train(steps=30, rate=.05):
    b, hist = Brain(), []
    for _ in range(steps):
        for x, t in zip(samples, wanted):
            b.learn(x, t, rate)
        hist.append(error(b))
    return hist, b

def case():
    return dict(params=weights(Brain()), loss=lambda p: error(brain_from(p)), grads=slopes, lr=.2, steps=30, train=train)
