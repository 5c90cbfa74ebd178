"""Kind: update. The list is a new one, its arrays are those that go on changing."""
import numpy as np
rs = np.random.RandomState(0)
X = rs.randn(30, 4); Y = (X[:, :1] * X[:, 1:2] > 0).astype(float); XV = rs.randn(40, 4); YV = (XV[:, :1] * XV[:, 1:2] > 0).astype(float)
sig = lambda z: 1 / (1 + np.exp(-z))
class MLP:
    def __init__(self, sizes=(4, 16, 1)):
        r = np.random.RandomState(1)
        self.weights = [r.randn(a, b) / np.sqrt(a) for a, b in zip(sizes, sizes[1:])]
        self.biases = [np.zeros(b) for b in sizes[1:]]
    def run(self, x):
        self.a = [x]
        for w, b in zip(self.weights, self.biases): self.a.append(sig(self.a[-1] @ w + b))
        return self.a[-1]
    def cost(self, x, y): o = self.run(x); return float(-np.mean(y * np.log(o) + (1 - y) * np.log(1 - o)))
    def back(self, x, y):
        d = (self.run(x) - y) / len(x); gw, gb = [], []
        for i in (1, 0):
            gw.insert(0, self.a[i].T @ d); gb.insert(0, d.sum(0))
            if i: d = d @ self.weights[i].T * self.a[i] * (1 - self.a[i])
        return gw, gb
    def fit(self, n, lr=1.0):
        hist, best_score, bad = [], np.inf, 0
        for _ in range(n):
            gw, gb = self.back(X, Y)
            for w, g in zip(self.weights, gw): w -= lr * g  # DEFECT
            for b, g in zip(self.biases, gb): b -= lr * g
            score = self.cost(XV, YV); hist.append(self.cost(X, Y))
            if score < best_score:
                best_score, bad = score, 0
                self.best = list(self.weights)  # DEFECT
            else:
                bad += 1
                if bad > 50: break
        self.weights = self.best
        return hist
def _net(p): m = MLP(); m.weights = [p["w0"], p["w1"]]; m.biases = [p["b0"], p["b1"]]; return m
def _g(p): gw, gb = _net(p).back(X, Y); return {"w0": gw[0], "w1": gw[1], "b0": gb[0], "b1": gb[1]}
def train(steps=300): m = MLP(); return m.fit(steps), m
def case():
    m = MLP()
    return dict(params={"w0": m.weights[0], "w1": m.weights[1], "b0": m.biases[0], "b1": m.biases[1]}, loss=lambda p: _net(p).cost(X, Y), grads=_g, lr=1.0, steps=300, train=train)
