"""Kind: gradient: half a gradient, whose shape an adapter changes."""
import numpy as np
rng = np.random.default_rng(5)
n = 30
X = rng.normal(size=(n, 4))
t = X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.3 + 0.1 * rng.normal(size=n)

class Model:
    def __init__(self):
        self.w, self.b = np.full(4, 0.1), 0.05

    def loss(self):
        return float(np.mean((X @ self.w + self.b - t) ** 2))

    def gradient(self):
        e = X @ self.w + self.b - t
        dw = 2 * X.T @ e / n
        db = np.mean(e)  # DEFECT
        return dw, db

def model(p):
    m = Model()
    m.w, m.b = p["w"], p["b"][0]
    return m

def _grads(p):
    dw, db = model(p).gradient()
    return {"w": dw, "b": np.asarray([db])}

def case():
    return dict(params={"w": Model().w, "b": np.array([Model().b])}, loss=lambda p: model(p).loss(), grads=_grads, lr=0.05, steps=40)
