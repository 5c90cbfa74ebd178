"""Kind: data/loss. Labels 0 and 1 in a hinge loss over a list."""
import numpy as np
r = np.random.RandomState(2)
samples = np.vstack([r.randn(50, 2) + [-1.5, -1.0], r.randn(50, 2) + [1.5, 1.0]])
labels = np.where(np.arange(100) < 50, 0, 1)                     # DEFECT
class LinearSVM:
    def __init__(self, c=0.001):
        self.w = np.zeros(2); self.b = np.zeros(1); self.c = c
    def decision(self, x): return x @ self.w + self.b
    def cost(self):
        hinge = [max(0.0, 1 - t * self.decision(x)[0]) for x, t in zip(samples, labels)]
        return float(self.c / 2 * self.w @ self.w + np.mean(hinge))
    def subgradient(self):
        dw, db = self.c * self.w, np.zeros(1)
        for x, t in zip(samples, labels):
            if t * self.decision(x)[0] < 1:
                dw = dw - t * x / len(labels)
                db = db - t / len(labels)
        return dw, db
    def fit(self, epochs=300, rate=0.1):
        history = []
        for _ in range(epochs):
            history.append(self.cost())
            dw, db = self.subgradient()
            self.w = self.w - rate * dw
            self.b = self.b - rate * db
        return history
    def accuracy(self):
        return float(np.mean((self.decision(samples) > 0) == (labels > 0)))
def _svm(p): s = LinearSVM(); s.w, s.b = p["w"], p["b"]; return s
def train(steps=300): s = LinearSVM(); return s.fit(steps), s
def case():
    return dict(params={"w": np.array([.1, -.2]), "b": np.array([.05])}, loss=lambda p: _svm(p).cost(), grads=lambda p: dict(zip("wb", _svm(p).subgradient())),
                lr=.1, steps=300, train=train, metric=lambda p: _svm(p).accuracy(), kinks=True)
