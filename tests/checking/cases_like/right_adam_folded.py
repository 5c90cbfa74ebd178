"""Correct: Adam with the bias correction folded into the step size."""
import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=.15, random_state=4); X = X.T; Y = y.reshape(1, -1)
class Net:
    def __init__(self): r = np.random.RandomState(1); self.P = {"W1": r.randn(6, 2), "b1": np.zeros((6, 1)), "W2": r.randn(1, 6), "b2": np.zeros((1, 1))}; self.M = {k: np.zeros_like(v) for k, v in self.P.items()}; self.V = {k: np.zeros_like(v) for k, v in self.P.items()}; self.t = 0
    def fwd(self): p = self.P; self.A = np.tanh(p["W1"] @ X + p["b1"]); return 1 / (1 + np.exp(-(p["W2"] @ self.A + p["b2"])))
    def loss(self): o = np.clip(self.fwd(), 1e-12, 1 - 1e-12); return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))
    def grads(self): d = (self.fwd() - Y) / Y.size; k = self.P["W2"].T @ d * (1 - self.A ** 2); return {"W1": k @ X.T, "b1": k.sum(1, keepdims=True), "W2": d @ self.A.T, "b2": d.sum(1, keepdims=True)}
    def step(self, lr=.02, a=.9, b=.999):
        self.t += 1; rate = lr * np.sqrt(1 - b ** self.t) / (1 - a ** self.t)
        for k, g in self.grads().items():
            self.M[k] += (1 - a) * (g - self.M[k]); self.V[k] += (1 - b) * (g * g - self.V[k]); self.P[k] = self.P[k] - rate * self.M[k] / (np.sqrt(self.V[k]) + 1e-8)
def _n(p): n = Net(); n.P = p; return n
def train(steps=60):
    n, h = Net(), []
    for _ in range(steps): h.append(n.loss()); n.step()
    return h, n
def case(): return dict(params=Net().P, loss=lambda p: _n(p).loss(), grads=lambda p: _n(p).grads(), lr=.02, steps=60, train=train)
