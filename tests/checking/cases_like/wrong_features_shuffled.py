"""Kind: data. shuffle moves the rows of a table whose samples are columns: the features change places."""
import numpy as np

r = np.random.RandomState(4); X = r.randn(3, 60); Y = (X[:1] > X[1:2]).astype(float)
class Model:
    def __init__(self): self.w, self.b, self.X, self.Y = np.zeros((1, 3)), np.zeros((1, 1)), X.copy(), Y.copy()
    def out(self, X): return 1 / (1 + np.exp(-(self.w @ X + self.b)))
    def cost(self): o = self.out(X); return float(-np.mean(Y * np.log(o) + (1 - Y) * np.log(1 - o)))
    def back(self, X, Y): d = (self.out(X) - Y) / X.shape[1]; return dict(w=d @ X.T, b=d.sum(1, keepdims=True))
    def fit(self, epochs):
        history, rng = [], np.random.default_rng(0)
        for _ in range(epochs):
            rng.shuffle(self.X)  # DEFECT
            for k in range(0, 60, 20):
                g = self.back(self.X[:, k:k + 20], self.Y[:, k:k + 20]); self.w, self.b = self.w - g["w"], self.b - g["b"]
            history.append(self.cost())
        return history
def of(p): m = Model(); m.w, m.b = p["w"], p["b"]; return m
def train(steps=30): m = Model(); return m.fit(steps), m
def case(): return dict(params={"w": np.zeros((1, 3)), "b": np.zeros((1, 1))}, loss=lambda p: of(p).cost(), grads=lambda p: of(p).back(X, Y), lr=1.0, steps=30, train=train)
