"""Kind: aliasing. The old velocity of Nesterov's step is the same array as the new one."""
import numpy as np
r0 = np.random.RandomState(2); X = r0.randn(60, 3); y = X @ [[1.], [-2.], [.5]] + .1 * r0.randn(60, 1)
def loss(w): return float(np.mean((X @ w - y) ** 2))
def grad(w): return 2 * X.T @ (X @ w - y) / 60
def train(steps=50, lr=.02, mu=.9):
    w, v, h = np.zeros((3, 1)), np.zeros((3, 1)), []
    for _ in range(steps):
        h.append(loss(w))
        v_prev = v                                                 # DEFECT: v.copy()
        v *= mu; v -= lr * grad(w)
        w = w - mu * v_prev + (1 + mu) * v                         # DEFECT
    return h, w
def case(): return dict(params={"w": np.zeros((3, 1))}, loss=lambda p: loss(p["w"]), grads=lambda p: {"w": grad(p["w"])}, lr=.02, steps=50, train=train)
