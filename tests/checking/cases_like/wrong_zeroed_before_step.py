"""Kind: update. The gradients are set to zero between backward and step: nothing moves."""
import numpy as np
class Dense:
    def __init__(self, i, o, r): self.W, self.b = r.normal(0, .5, (i, o)), np.zeros((1, o)); self.zero_grad()
    def zero_grad(self): self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, d): self.dW += self.x.T @ d; self.db += d.sum(0, keepdims=True); return d @ self.W.T
    def step(self, lr): self.W = self.W - lr * self.dW; self.b = self.b - lr * self.db
class Net:
    def __init__(self): r = np.random.default_rng(4); self.a, self.c = Dense(3, 6, r), Dense(6, 1, r)
    def forward(self, x): self.h = np.tanh(self.a.forward(x)); return self.c.forward(self.h)
    def backward(self, d): self.a.backward(self.c.backward(d) * (1 - self.h ** 2))
    def zero_grad(self): self.a.zero_grad(); self.c.zero_grad()
    def step(self, lr): self.a.step(lr); self.c.step(lr)
g = np.random.default_rng(0); X = g.normal(size=(80, 3)); y = np.sin(X[:, :1]) + X[:, 1:2]
def mse(n): return float(np.mean((n.forward(X) - y) ** 2))
def train(steps=100, lr=.1):
    n, h = Net(), []
    for _ in range(steps):
        out = n.forward(X)
        n.backward(2 * (out - y) / len(X))
        n.zero_grad()  # DEFECT
        n.step(lr)  # DEFECT
        h.append(mse(n))
    return h, n
def put(p): n = Net(); n.a.W, n.a.b, n.c.W, n.c.b = p["W1"], p["b1"], p["W2"], p["b2"]; return n
def grads(p): n = put(p); n.zero_grad(); n.backward(2 * (n.forward(X) - y) / len(X)); return {"W1": n.a.dW, "b1": n.a.db, "W2": n.c.dW, "b2": n.c.db}
def case(): n = Net(); return dict(params={"W1": n.a.W, "b1": n.a.b, "W2": n.c.W, "b2": n.c.b}, loss=lambda p: mse(put(p)), grads=grads, lr=.1, steps=100, train=train)
