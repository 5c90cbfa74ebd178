"""Kind: update. The best parameters are kept, and the last ones returned."""
import numpy as np

g = np.random.RandomState(17); X = g.randn(30, 20); y = X[:, 0] + .8 * g.randn(30); XV = g.randn(100, 20); yv = XV[:, 0] + .8 * g.randn(100)
class Ridge:
    def __init__(self): self.coef = np.zeros(20)
    def predict(self, X): return X @ self.coef
    def mse(self, X, y): return float(np.mean((self.predict(X) - y) ** 2))
    def gradient(self, X, y): return 2 * X.T @ (self.predict(X) - y) / len(y)
    def fit(self, steps=500, lr=.05, patience=200):
        best, best_coef, wait, hist = np.inf, self.coef.copy(), 0, []
        for _ in range(steps):
            self.coef = self.coef - lr * self.gradient(X, y); v = self.mse(XV, yv); hist.append(v)
            if v < best: best, best_coef, wait = v, self.coef.copy(), 0
            else:
                wait += 1
                if wait > patience: break
        return hist, self.coef             # DEFECT
def train(steps=500): return Ridge().fit(steps)
def _r(p): r = Ridge(); r.coef = p["coef"]; return r
def case(): return dict(params={"coef": np.zeros(20)}, loss=lambda p: _r(p).mse(X, y), grads=lambda p: {"coef": _r(p).gradient(X, y)}, lr=.05, steps=500, train=train)
