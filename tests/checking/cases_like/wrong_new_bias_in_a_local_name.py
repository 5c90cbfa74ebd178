"""Kind: update. A neuron's new bias gets a name of its own and is kept nowhere."""
import numpy as np
class Neuron:
    def __init__(self, weights, bias): self.weights, self.bias = weights, bias
    def out(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-(sum(w * v for w, v in zip(self.weights, x)) + self.bias)))
        return self.y
class Net:
    def __init__(self, p):
        self.h = [Neuron(list(r), b) for r, b in zip(p["wh"], p["bh"])]
        self.o = [Neuron(list(r), b) for r, b in zip(p["wo"], p["bo"])]
    def run(self, x): return [n.out([m.out(x) for m in self.h]) for n in self.o]
    def teach(self, x, t, lr):
        self.run(x)
        do = [(n.y - v) * n.y * (1 - n.y) for n, v in zip(self.o, t)]
        dh = [sum(d * n.weights[i] for d, n in zip(do, self.o)) * m.y * (1 - m.y) for i, m in enumerate(self.h)]
        for layer, ds in ((self.o, do), (self.h, dh)):
            for n, d in zip(layer, ds):
                n.weights = [w - lr * d * v for w, v in zip(n.weights, n.x)]
                bias = n.bias - lr * d  # DEFECT
    def values(self):
        return dict(wh=np.array([n.weights for n in self.h]), bh=np.array([n.bias for n in self.h]), wo=np.array([n.weights for n in self.o]), bo=np.array([n.bias for n in self.o]))
D = [([.1, .8], [.2]), ([.9, .3], [.8]), ([.5, .5], [.5])]
def loss(p):
    n = Net(p)
    return sum(0.5 * (o - t[0]) ** 2 for x, t in D for o in n.run(x))
def grads(p):
    g = {k: np.zeros_like(v) for k, v in p.items()}
    for x, t in D:
        n = Net(p); n.teach(x, t, 1.0); v = n.values()
        for k in g: g[k] += p[k] - v[k]
    return g
def case():
    r = np.random.RandomState(0)
    return dict(params=dict(wh=r.randn(3, 2), bh=r.randn(3) * .1, wo=r.randn(1, 3), bo=np.array([.1])), loss=loss, grads=grads, lr=.5, steps=200)
