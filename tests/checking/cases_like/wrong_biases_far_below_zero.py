"""Kind: initialization. Biases of -10 turn all units off."""
import numpy as np
g = np.random.default_rng(2)
X = g.normal(size=(120, 3)); y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
class Dense:
    def __init__(self, n_in, n_out, r):
        self.W = r.normal(0, .1, (n_in, n_out))
        self.b = np.full(n_out, -10.0)  # DEFECT
    def forward(self, x): self.x = x; return x @ self.W + self.b
    def backward(self, d): self.gW, self.gb = self.x.T @ d, d.sum(0); return d @ self.W.T
    def step(self, lr):
        self.W -= lr * self.gW
        self.b -= lr * self.gb
class Net:
    def __init__(self, seed=0):
        r = np.random.default_rng(seed); self.l1, self.l2 = Dense(3, 8, r), Dense(8, 1, r)
    def forward(self, x):
        self.h = np.maximum(self.l1.forward(x), 0)
        return 1 / (1 + np.exp(-self.l2.forward(self.h)))
    def backward(self, d): self.l1.backward(self.l2.backward(d) * (self.h > 0))
    def step(self, lr): self.l1.step(lr); self.l2.step(lr)
def bce(n): o = np.clip(n.forward(X), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
def train(steps=200, lr=0.1):
    n, h = Net(), []
    for _ in range(steps):
        n.backward((n.forward(X) - y) / len(X)); n.step(lr); h.append(bce(n))
    return h, n
def put(p): n = Net(); n.l1.W, n.l1.b, n.l2.W, n.l2.b = (np.array(p[k]) for k in ("W1", "b1", "W2", "b2")); return n
def grads(p): n = put(p); n.backward((n.forward(X) - y) / len(X)); return {"W1": n.l1.gW, "b1": n.l1.gb, "W2": n.l2.gW, "b2": n.l2.gb}
def case(): n = Net(); return dict(params={"W1": n.l1.W, "b1": n.l1.b, "W2": n.l2.W, "b2": n.l2.b}, loss=lambda p: bce(put(p)), grads=grads, lr=0.1, steps=200, train=train)
