"""Kind: update. Values that remember how they were made add up their gradients for ever."""
import numpy as np

class Value:
    def __init__(self, data, _children=()):
        self.data = np.asarray(data, dtype=float)
        self.grad = np.zeros_like(self.data)
        self._prev = _children
        self._backward = lambda: None
    def __matmul__(self, other):
        out = Value(self.data @ other.data, (self, other))
        def _backward():
            self.grad += out.grad @ other.data.T
            other.grad += self.data.T @ out.grad
        out._backward = _backward
        return out
    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))
        def _backward():
            self.grad += out.grad
            other.grad += out.grad.sum(axis=0, keepdims=True)
        out._backward = _backward
        return out
    def tanh(self):
        out = Value(np.tanh(self.data), (self,))
        def _backward():
            self.grad += (1 - out.data ** 2) * out.grad
        out._backward = _backward
        return out
    def mse(self, y):
        out = Value(np.mean((self.data - y) ** 2), (self,))
        def _backward():
            self.grad += out.grad * 2 * (self.data - y) / y.size
        out._backward = _backward
        return out
    def backward(self):
        topo, visited = [], set()
        def build(v):
            if id(v) not in visited:
                visited.add(id(v))
                for c in v._prev: build(c)
                topo.append(v)
        build(self)
        self.grad = np.ones_like(self.data)
        for v in reversed(topo): v._backward()

class MLP:
    def __init__(self, arrays): self.p = {k: Value(v) for k, v in arrays.items()}
    def parameters(self): return list(self.p.values())
    def __call__(self, x):
        h = (Value(x) @ self.p["w0"] + self.p["b0"]).tanh()
        return h @ self.p["w1"] + self.p["b1"]

gen = np.random.default_rng(6)
xs = gen.normal(size=(100, 2)); ys = np.where(xs[:, :1] ** 2 + xs[:, 1:] > .7, 1., -1.)

def arrays():
    g = np.random.default_rng(8)
    return {"w0": g.uniform(-1, 1, (2, 8)), "b0": np.zeros((1, 8)), "w1": g.uniform(-1, 1, (8, 1)), "b1": np.zeros((1, 1))}

def train(steps=150, lr=.3):
    net, history = MLP(arrays()), []
    for k in range(steps):
        root = net(xs).mse(ys)
        root.backward()  # DEFECT
        for p in net.parameters():
            p.data = p.data - lr * p.grad  # DEFECT
        history.append(float(root.data))
    return history, net

def grads(q):
    net = MLP(q); net(xs).mse(ys).backward()
    return {k: v.grad for k, v in net.p.items()}

def case():
    return dict(params=arrays(), loss=lambda q: float(MLP(q)(xs).mse(ys).data), grads=grads, lr=.3, steps=150, train=train)
