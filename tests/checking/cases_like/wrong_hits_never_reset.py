"""Kind: reporting. The hits of all epochs are divided by the rows of one."""
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)); y = (X.sum(1, keepdims=True) > 0).astype(float)
def sig(z): return 1 / (1 + np.exp(-z))
def loss(p): q = sig(X @ p["W"] + p["b"]); return -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
def grads(p): d = (sig(X @ p["W"] + p["b"]) - y) / 60; return {"W": X.T @ d, "b": d.sum(0)}
def init(): return {"W": np.array([[.1], [-.1], [.1], [-.1]]), "b": np.zeros(1)}
def train(steps=30):
    p, correct, accs = init(), 0, []  # DEFECT
    for epoch in range(steps):
        for k in range(0, 60, 20):
            xb, yb = X[k:k + 20], y[k:k + 20]
            q = sig(xb @ p["W"] + p["b"])
            correct += np.sum((q > .5) == yb)  # DEFECT
            p["W"] = p["W"] - .1 * xb.T @ (q - yb) / 20; p["b"] = p["b"] - .1 * (q - yb).mean(0)
        accs.append(correct / len(X))  # DEFECT
    return accs, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.1, steps=30, train=train)
