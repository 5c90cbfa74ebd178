"""Kind: gradient. The scores stand where the shares belong."""
import numpy as np
rng = np.random.RandomState(12)
X = rng.randn(20, 5); labels = rng.randint(0, 4, 20); T = np.eye(4)[labels]
class Softmax:
    def forward(self, scores):
        self.scores = scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True)); self.p = e / e.sum(axis=1, keepdims=True)
        return self.p
    def backward(self, grad):
        out = np.zeros_like(grad)
        for n in range(len(grad)):
            p, x = self.p[n], self.scores[n]
            for r in range(4):
                for c in range(4):
                    out[n, c] += grad[n, r] * p[r] * ((r == c) - x[c])  # DEFECT
        return out
class Model:
    def __init__(self): r = np.random.RandomState(4); self.W, self.b, self.sm = r.randn(5, 4) * .4, np.zeros(4), Softmax()
    def loss(self): return float(-np.sum(T * np.log(self.sm.forward(X @ self.W + self.b))) / len(X))
    def grad(self): self.loss(); d = self.sm.backward(-T / self.sm.p / len(X)); return {"W": X.T @ d, "b": d.sum(0)}
def _m(p): m = Model(); m.W, m.b = p["W"], p["b"]; return m
def case(): m = Model(); return dict(params={"W": m.W, "b": m.b}, loss=lambda p: _m(p).loss(), grads=lambda p: _m(p).grad(), lr=.3, steps=100)
