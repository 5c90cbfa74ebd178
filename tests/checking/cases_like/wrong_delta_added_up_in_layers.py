"""Kind: update/gradient. Each layer adds to the delta of the round before."""
import numpy as np
r = np.random.default_rng(0)
X = r.normal(size=(30, 3)); y = np.sin(X.sum(1, keepdims=True))
class Layer:
    def __init__(self, i, o, q, act):
        self.W, self.b, self.act = q.normal(size=(i, o)) * .6, np.zeros(o), act
        self.delta = 0
    def forward(self, x):
        self.x = x
        z = x @ self.W + self.b
        self.out = np.tanh(z) if self.act else z
        return self.out
    def receive(self, g):
        self.delta = self.delta + g * (1 - self.out ** 2 if self.act else 1)  # DEFECT
        return self.delta @ self.W.T
class Net:
    def __init__(self):
        q = np.random.default_rng(2); self.layers = [Layer(3, 5, q, True), Layer(5, 1, q, False)]
    def forward(self, x):
        for l in self.layers: x = l.forward(x)
        return x
    def backward(self, g):
        for l in reversed(self.layers): g = l.receive(g)
    def grads(self): return [(l.x.T @ l.delta, l.delta.sum(0)) for l in self.layers]
def train(steps=50, lr=.05):
    n, h = Net(), []
    for _ in range(steps):
        o = n.forward(X); h.append(float(np.mean((o - y) ** 2)))
        n.backward(2 * (o - y) / len(X))
        for l, (gw, gb) in zip(n.layers, n.grads()):
            l.W = l.W - lr * gw; l.b = l.b - lr * gb
    return h, n
def at(p):
    n = Net()
    for i, l in enumerate(n.layers): l.W, l.b = p[f"W{i}"], p[f"b{i}"]
    return n
def gr(p):
    n = at(p); n.backward(2 * (n.forward(X) - y) / len(X)); return {f"{k}{i}": v for i, g in enumerate(n.grads()) for k, v in zip("Wb", g)}
def case():
    n = Net(); return dict(params={f"{k}{i}": v for i, l in enumerate(n.layers) for k, v in (("W", l.W), ("b", l.b))}, loss=lambda p: float(np.mean((at(p).forward(X) - y) ** 2)), grads=gr, lr=.05, steps=50, train=train)
