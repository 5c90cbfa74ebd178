"""Kind: reporting. A script that prints the sum of means over the rows of a batch."""
import numpy as np
r = np.random.RandomState(5)
X = r.randn(150, 3); y = (X @ [1., -2., .5] + .1 * r.randn(150))[:, None]
def init():
    q = np.random.RandomState(0)
    return dict(A=q.randn(3, 5) * .5, a=np.zeros(5), B=q.randn(5, 1) * .5, b=np.zeros(1))
def out(p, X): h = np.tanh(X @ p["A"] + p["a"]); return h, h @ p["B"] + p["b"]
def mse(p, X, y): return float(np.mean((out(p, X)[1] - y) ** 2))
def back(p, X, y):
    h, o = out(p, X); d = 2 * (o - y) / len(X); e = d @ p["B"].T * (1 - h ** 2)
    return dict(A=X.T @ e, a=e.sum(0), B=h.T @ d, b=d.sum(0))
p = init()
for epoch in range(12):
    seen_loss = 0.0
    for k in range(0, 150, 30):
        xb, yb = X[k:k + 30], y[k:k + 30]
        seen_loss += mse(p, xb, yb)
        g = back(p, xb, yb)
        for name in p: p[name] = p[name] - 0.02 * g[name]
    print("epoch", epoch, "loss", seen_loss / 30)   # DEFECT
