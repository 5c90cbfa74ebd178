"""Kind: initialization. Four layers of next to nothing: the loss does not move."""
import numpy as np
g = np.random.default_rng(2)
X = g.normal(size=(120, 3)); y = (X[:, :1] + X[:, 1:2] > 0).astype(float)
sizes = [3, 10, 10, 10, 1]
class Net:
    def __init__(self, seed=0):
        r = np.random.default_rng(seed)
        self.W = [0.001 * r.normal(size=(a, b)) for a, b in zip(sizes, sizes[1:])]  # DEFECT
        self.b = [np.zeros(b) for b in sizes[1:]]
    def forward(self, x):
        self.a = [x]
        for k, (w, b) in enumerate(zip(self.W, self.b)):
            z = self.a[-1] @ w + b
            self.a.append(np.tanh(z) if k < len(self.W) - 1 else 1 / (1 + np.exp(-z)))
        return self.a[-1]
    def backward(self, t):
        d = (self.a[-1] - t) / len(t); gw, gb = [], []
        for k in reversed(range(len(self.W))):
            gw.insert(0, self.a[k].T @ d); gb.insert(0, d.sum(0))
            if k: d = d @ self.W[k].T * (1 - self.a[k] ** 2)
        return gw, gb
def bce(n): o = np.clip(n.forward(X), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def train(steps=300, lr=.5):
    n, h = Net(), []
    for _ in range(steps):
        n.forward(X); gw, gb = n.backward(y)
        for k in range(len(n.W)): n.W[k] -= lr * gw[k]; n.b[k] -= lr * gb[k]
        h.append(bce(n))
    return h, n
def pack(W, b): return {**{f"W{i}": w for i, w in enumerate(W)}, **{f"b{i}": v for i, v in enumerate(b)}}
def put(p): n = Net(); n.W = [np.array(p[f"W{i}"]) for i in range(4)]; n.b = [np.array(p[f"b{i}"]) for i in range(4)]; return n
def grads(p): n = put(p); n.forward(X); return pack(*n.backward(y))
def case(): n = Net(); return dict(params=pack(n.W, n.b), loss=lambda p: bce(put(p)), grads=grads, lr=.5, steps=300, train=train)
