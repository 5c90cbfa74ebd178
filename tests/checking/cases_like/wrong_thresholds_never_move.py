"""Kind: update. The thresholds have gradients and are never moved."""
import numpy as np
D = np.random.default_rng(8); A = D.uniform(-1, 1, (70, 2)); T = np.sin(A.sum(1, keepdims=True) * 2)
class MLP:
    def __init__(self):
        g = np.random.default_rng(9)
        self.W_in, self.theta_in, self.W_out, self.theta_out = g.normal(size=(2, 8)), g.normal(size=8) * .2, g.normal(size=(8, 1)) * .3, np.zeros(1)
    def out(self): self.h = np.tanh(A @ self.W_in + self.theta_in); return self.h @ self.W_out + self.theta_out
    def loss(self): return .5 * np.mean((self.out() - T) ** 2)
    def grads(self):
        e = (self.out() - T) / len(A); k = e @ self.W_out.T * (1 - self.h ** 2)
        return A.T @ k, k.sum(0), self.h.T @ e, e.sum(0)
    def step(self, lr):
        a, b, c, d = self.grads()
        self.W_in = self.W_in - lr * a  # DEFECT
        self.W_out = self.W_out - lr * c  # DEFECT
def train(steps=100):
    m = MLP(); h = []
    for _ in range(steps): m.step(.2); h.append(m.loss())
    return h, m
K = ("U", "s", "V", "t")
def build(p): m = MLP(); m.W_in, m.theta_in, m.W_out, m.theta_out = (p[k] for k in K); return m
def case():
    m = MLP()
    return dict(params=dict(zip(K, (m.W_in, m.theta_in, m.W_out, m.theta_out))), loss=lambda p: build(p).loss(), grads=lambda p: dict(zip(K, build(p).grads())), lr=.2, steps=100, train=train)
