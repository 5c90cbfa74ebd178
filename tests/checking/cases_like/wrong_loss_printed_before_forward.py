"""Kind: reporting. The printed loss is computed once from the first output and never again."""
import numpy as np
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], float); y = np.array([[0], [1], [1], [0]], float)
def s(z): return 1 / (1 + np.exp(-z))
class Net:
    def __init__(self): r = np.random.RandomState(1); self.a, self.b = r.randn(3, 4), r.randn(4, 1)
    def run(self): self.h = s(X @ self.a); self.o = s(self.h @ self.b); return self.o
    def loss(self): return float(np.mean((y - self.run()) ** 2))
    def grads(self): o = self.run(); d = 2 * (o - y) / 4 * o * (1 - o); return {"a": X.T @ (d @ self.b.T * self.h * (1 - self.h)), "b": self.h.T @ d}
    def fit(self, n=100, lr=1.):
        hist = []
        start = self.loss()                                        # DEFECT: inside the loop
        for _ in range(n):
            g = self.grads(); self.a = self.a - lr * g["a"]; self.b = self.b - lr * g["b"]
            hist.append(start)                                     # DEFECT
        return hist
def _n(p): n = Net(); n.__dict__.update(p); return n
def train(steps=100): n = Net(); return n.fit(steps), n
def case(): return dict(params={"a": Net().a, "b": Net().b}, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(), lr=1., steps=100, train=train)
