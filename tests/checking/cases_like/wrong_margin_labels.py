"""Kind: data. The margin loss is written for -1 and 1, the labels are 0 and 1."""
import numpy as np

q = np.random.RandomState(11)
raw = np.c_[np.r_[q.randn(80, 2) + 1, q.randn(80, 2) - 1], np.repeat([3, -3], 80)][q.permutation(160)]
X = raw[:, :2]
y = (raw[:, 2] > 0).astype(float)  # DEFECT


class Margin:
    def __init__(self):
        self.w, self.b = np.zeros(2), np.zeros(1)

    def f(self, X):
        return X @ self.w + self.b

    def objective(self, X, y):
        return float(np.mean(np.logaddexp(0, -y * self.f(X))) + 1e-4 * self.w @ self.w)

    def gradient(self, X, y):
        s = -y / (1 + np.exp(y * self.f(X))) / len(y)
        return {"w": X.T @ s + 2e-4 * self.w, "b": np.array([s.sum()])}

    def fit(self, n, lr=1.0):
        trace = []
        for _ in range(n):
            trace.append(self.objective(X, y))
            g = self.gradient(X, y)
            self.w = self.w - lr * g["w"]
            self.b = self.b - lr * g["b"]
        return trace


def of(p):
    m = Margin()
    m.w, m.b = p["w"], p["b"]
    return m


def train(steps=100):
    m = Margin()
    return m.fit(steps), m


def case():
    return dict(
        params={"w": np.zeros(2), "b": np.zeros(1)},
        loss=lambda p: of(p).objective(X, y),
        grads=lambda p: of(p).gradient(X, y),
        lr=1.0,
        steps=100,
        train=train,
    )
