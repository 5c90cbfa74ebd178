"""Kind: reporting. The history keeps the loss of the last batch alone."""
import numpy as np
from sklearn.datasets import load_iris

iris = load_iris(); x = (iris.data - iris.data.mean(0)) / iris.data.std(0); y = iris.target
def softmax(z): e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def nll(W, b, x, y): return -np.mean(np.log(softmax(x @ W + b)[np.arange(len(y)), y] + 1e-12))
def grad(W, b, x, y): d = softmax(x @ W + b); d[np.arange(len(y)), y] -= 1; d /= len(y); return x.T @ d, d.sum(0)
def train(steps=40, lr=.3, bs=16):
    W, b = np.zeros((4, 3)), np.zeros(3); history = []; g = np.random.default_rng(0)
    for epoch in range(steps):
        order = g.permutation(len(x))
        for s in range(0, len(x), bs):
            k = order[s:s + bs]
            loss = nll(W, b, x[k], y[k]); dW, db = grad(W, b, x[k], y[k])
            W -= lr * dW; b -= lr * db
        history.append(float(loss))        # DEFECT
    return history, (W, b)
def case(): return dict(params={"W": np.zeros((4, 3)), "b": np.zeros(3)}, loss=lambda p: float(nll(p["W"], p["b"], x, y)), grads=lambda p: dict(zip("Wb", grad(p["W"], p["b"], x, y))), lr=.3, steps=40, train=train)
