"""Kind: data/loss. Labels 0 and 1 in a hinge loss that computes its score twice."""
import numpy as np
rng = np.random.default_rng(40)
X = np.vstack([rng.normal(-1, 1, (40, 2)), rng.normal(1, 1, (40, 2))])
Y = np.concatenate((np.zeros(40), np.ones(40)))  # DEFECT
class Machine:
    def __init__(self): self.w, self.b = np.zeros(2), 0.0
    def f(self, x): return np.dot(self.w, x) + self.b
    def hinge(self):
        total = 0.0
        for i in range(len(X)):
            if Y[i] * self.f(X[i]) < 1:
                total += 1 - Y[i] * self.f(X[i])
        return total / len(X) + .005 * np.dot(self.w, self.w)
    def slopes(self):
        dw, db = .01 * self.w, 0.0
        for i in range(len(X)):
            if Y[i] * self.f(X[i]) < 1:
                dw = dw - Y[i] * X[i] / len(X); db -= Y[i] / len(X)
        return dw, db
def at(p): m = Machine(); m.w, m.b = p["w"], p["b"]; return m
def train(steps=30):
    m, h = Machine(), []
    for _ in range(steps):
        h.append(float(m.hinge())); dw, db = m.slopes(); m.w, m.b = m.w - .1 * dw, m.b - .1 * db
    return h, m
def case(): return dict(params={"w": np.array([.1, -.1]), "b": np.array(.05)}, loss=lambda p: at(p).hinge(), grads=lambda p: dict(zip("wb", at(p).slopes())), lr=.1, steps=30, train=train, kinks=True)
