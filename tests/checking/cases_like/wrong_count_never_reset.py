"""Kind: reporting/loss. The sum of the losses starts anew in each epoch, the number of batches does not."""
import numpy as np
class Trainer:
    def __init__(self, n=80):
        r = np.random.RandomState(1)
        self.x = r.randn(2, n); self.t = np.sin(self.x[:1]) + self.x[1:]
        self.w = r.randn(1, 2); self.c = np.zeros((1, 1))
        self.batches = 0  # DEFECT
        self.running = 0.0
    def forward(self, x): return self.w @ x + self.c
    def cost(self, x, t): return float(np.mean((self.forward(x) - t) ** 2))
    def step(self, x, t, lr):
        e = 2 * (self.forward(x) - t) / x.shape[1]
        self.w = self.w - lr * e @ x.T; self.c = self.c - lr * e.sum(1, keepdims=True)
    def epoch(self, lr):
        self.running = 0.0  # DEFECT
        for i in range(0, self.x.shape[1], 20):
            xb, tb = self.x[:, i:i + 20], self.t[:, i:i + 20]
            self.running += self.cost(xb, tb); self.batches += 1  # DEFECT
            self.step(xb, tb, lr)
        return self.running / self.batches  # DEFECT
def train(steps=20, lr=.02):
    m, h = Trainer(), []
    for _ in range(steps): h.append(m.epoch(lr))
    return h, m
def net(p): m = Trainer(); m.w, m.c = p["w"], p["c"]; return m
def grads(p):
    m = net(p); e = 2 * (m.forward(m.x) - m.t) / 80; return {"w": e @ m.x.T, "c": e.sum(1, keepdims=True)}
def case(): m = Trainer(); return dict(params={"w": m.w, "c": m.c}, loss=lambda p: net(p).cost(m.x, m.t), grads=grads, lr=.02, steps=20, train=train)
