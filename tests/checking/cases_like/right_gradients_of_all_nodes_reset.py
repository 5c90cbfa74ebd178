"""Correct: the gradient of each node is set to a plain 0.0 in every round."""
import numpy as np

rg = np.random.default_rng(12)
XT = rg.uniform(-2, 2, (12, 2)); YT = np.tanh(XT[:, :1] - XT[:, 1:]) + .3 * XT[:, :1] ** 2

class Node:
    def __init__(self, data=None, ins=(), f=None, b=None):
        self.data, self.grad, self.ins, self.f, self.b = data, 0.0, ins, f, b

def matmul(x, w): return Node(None, (x, w), lambda a, c: a @ c, lambda g, a, c: (g @ c.T, a.T @ g))
def plus(x, v): return Node(None, (x, v), lambda a, c: a + c, lambda g, a, c: (g, g.sum(0, keepdims=True)))
def tanh(x): return Node(None, (x,), np.tanh, lambda g, a: (g * (1 - np.tanh(a) ** 2),))
def mse(o, t): return Node(None, (o, t), lambda a, c: np.mean((a - c) ** 2), lambda g, a, c: (g * 2 * (a - c) / a.size, 0.0))

class Model:
    def __init__(self, w):
        x, t = Node(XT), Node(YT)
        self.params = {k: Node(v) for k, v in w.items()}; P = self.params
        s1 = matmul(x, P["w1"]); z1 = plus(s1, P["b1"]); h = tanh(z1)
        s2 = matmul(h, P["w2"]); o = plus(s2, P["b2"]); self.loss = mse(o, t)
        self.order = [x, t, *P.values(), s1, z1, h, s2, o, self.loss]
    def forward(self):
        for n in self.order:
            if n.f: n.data = n.f(*[i.data for i in n.ins])
        return float(self.loss.data)
    def zero_grad(self):
        for n in self.order: n.grad = 0.0
    def backward(self):
        self.loss.grad = 1.0
        for n in reversed(self.order):
            if n.b:
                for i, g in zip(n.ins, n.b(n.grad, *[j.data for j in n.ins])): i.grad = i.grad + g

def weights(seed=3): r = np.random.default_rng(seed); return {"w1": r.normal(0, .7, (2, 8)), "b1": np.zeros((1, 8)), "w2": r.normal(0, .5, (8, 1)), "b2": np.zeros((1, 1))}
def train(steps=120, lr=.02):
    m, hist = Model(weights()), []
    for _ in range(steps):
        hist.append(m.forward()); m.zero_grad(); m.backward()
        for n in m.params.values(): n.data = n.data - lr * n.grad
    return hist, {k: n.data for k, n in m.params.items()}
def _g(w): m = Model(w); m.forward(); m.zero_grad(); m.backward(); return {k: n.grad for k, n in m.params.items()}
def case(): return dict(params=weights(), loss=lambda w: Model(w).forward(), grads=_g, lr=.02, steps=120, train=train)
