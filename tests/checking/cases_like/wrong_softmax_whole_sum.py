"""Kind: numerics. np.sum without axis: the probabilities of the whole batch sum to one."""
import numpy as np
from sklearn.datasets import load_digits

d = load_digits(); X = d.data[:300] / 16; T = np.eye(10)[d.target[:300]]
class Net:
    def __init__(self): r = np.random.RandomState(4); self.W1 = r.randn(64, 20) * .1; self.b1 = np.zeros((1, 20)); self.W2 = r.randn(20, 10) * .1; self.b2 = np.zeros((1, 10))
    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1; self.A1 = np.maximum(0, self.Z1); z = self.A1 @ self.W2 + self.b2; e = np.exp(z - np.max(z))
        return e / np.sum(e)                                       # DEFECT: axis=1, keepdims=True
    def loss(self, X, T): return float(-np.sum(T * np.log(self.forward(X) + 1e-9)) / len(X))
    def backward(self, X, T): d = (self.forward(X) - T) / len(X); k = (d @ self.W2.T) * (self.Z1 > 0); return {"W1": X.T @ k, "b1": k.sum(0, keepdims=True), "W2": self.A1.T @ d, "b2": d.sum(0, keepdims=True)}
def _n(p): n = Net(); n.__dict__.update(p); return n
def case(): n = Net(); return dict(params={k: getattr(n, k) for k in ("W1", "b1", "W2", "b2")}, loss=lambda p: _n(p).loss(X, T), grads=lambda p: _n(p).backward(X, T), lr=.5, steps=100)
