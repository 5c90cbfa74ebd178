"""Kind: update/gradient. The loop gives a name zeros, and the list of gradients keeps its arrays."""
import numpy as np
gen = np.random.default_rng(18)
A = gen.normal(size=(64, 3)); T = np.tanh(A @ [[1.], [-2.], [0.5]]) + 0.3
class MLP:
    def __init__(self, hidden=4):
        r = np.random.RandomState(3)
        self.params = [r.randn(3, hidden) * .6, np.zeros((1, hidden)), r.randn(hidden, 1) * .6, np.zeros((1, 1))]
        self.grads = [np.zeros_like(p) for p in self.params]
    def forward(self, x):
        W1, b1, W2, b2 = self.params
        self.x, self.h = x, np.tanh(x @ W1 + b1)
        return self.h @ W2 + b2
    def zero_grad(self):
        for g in self.grads:
            g = np.zeros_like(g)  # DEFECT
    def backward(self, d):
        W2 = self.params[2]
        self.grads[2] += self.h.T @ d
        self.grads[3] += d.sum(0, keepdims=True)
        d = d @ W2.T * (1 - self.h ** 2)
        self.grads[0] += self.x.T @ d
        self.grads[1] += d.sum(0, keepdims=True)
    def step(self, lr):
        for p, g in zip(self.params, self.grads): p -= lr * g
def train(n=100, lr=.05):
    net, hist = MLP(), []
    for i in range(n):
        o = net.forward(A)
        hist.append(float(np.mean((o - T) ** 2)))
        net.zero_grad()
        net.backward(2 * (o - T) / len(A))
        net.step(lr)
    return hist, net
def at(p):
    net = MLP(); net.params = [np.array(p[k]) for k in ("W1", "b1", "W2", "b2")]; return net
def loss(p): return float(np.mean((at(p).forward(A) - T) ** 2))
def grads(p):
    net = at(p); net.backward(2 * (net.forward(A) - T) / len(A))
    return dict(zip(("W1", "b1", "W2", "b2"), net.grads))
def case(): return dict(params=dict(zip(("W1", "b1", "W2", "b2"), MLP().params)), loss=loss, grads=grads, lr=.05, steps=100, train=train)
