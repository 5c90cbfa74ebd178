"""Kind: data/initialization. The gradient is written into an array made like whole numbers."""
import numpy as np
rs = np.random.RandomState(2)
X = rs.randn(50, 3); t = np.tanh(X @ [1., -1., .5])
def predict(w): return np.tanh(X @ w)
def mse(w): return float(np.mean((predict(w) - t) ** 2))
def slope(w):
    out = predict(w)
    d = 2 * (out - t) * (1 - out ** 2) / len(X)
    g = np.empty_like(w)  # DEFECT
    for j in range(len(w)):
        g[j] = d @ X[:, j]
    return g
w0 = np.array([2, 1, -1])  # DEFECT
def train(steps=50, lr=.3):
    w, h = w0, []
    for _ in range(steps):
        h.append(mse(w))
        w = w - lr * slope(w)
    return h, w
def case():
    return dict(params={"w": w0}, loss=lambda p: mse(p["w"]), grads=lambda p: {"w": slope(p["w"])}, lr=.3, steps=50, train=train)
