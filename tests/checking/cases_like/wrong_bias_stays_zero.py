"""Kind: gradient. The gradients of the biases stay zero."""
import numpy as np
gen = np.random.default_rng(70); A = gen.normal(size=(45, 3)); B = A.sum(1, keepdims=True) * 2 + 3
class Regressor:
    def __init__(self, hidden=6): g = np.random.default_rng(71); self.W = [g.normal(size=(3, hidden)) * .5, g.normal(size=(hidden, 1)) * .5]; self.b = [np.zeros(hidden), np.zeros(1)]
    def predict(self, A): self.h = np.maximum(0.0, A @ self.W[0] + self.b[0]); return self.h @ self.W[1] + self.b[1]
    def loss(self, A, B): return ((self.predict(A) - B) ** 2).mean() / 2
    def grads(self, A, B):
        gb = [np.zeros_like(b) for b in self.b]     # DEFECT
        delta = (self.predict(A) - B) / len(A)
        g1 = self.h.T @ delta
        delta = (delta @ self.W[1].T) * (self.h > 0)
        g0 = A.T @ delta
        return [g0, g1], gb          # DEFECT
def R(p): r = Regressor(); r.W = [p["W0"], p["W1"]]; r.b = [p["b0"], p["b1"]]; return r
def G(p): w, b = R(p).grads(A, B); return {"W0": w[0], "W1": w[1], "b0": b[0], "b1": b[1]}
def case(): r = Regressor(); return dict(params={"W0": r.W[0], "W1": r.W[1], "b0": r.b[0], "b1": r.b[1]}, loss=lambda p: R(p).loss(A, B), grads=G, lr=.05, steps=200)
