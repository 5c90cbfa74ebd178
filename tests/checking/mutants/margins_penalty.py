import numpy as np

r = np.random.default_rng(33)
X = np.hstack([r.normal(size=(70, 5)), np.ones((70, 1))])
labels = (X[:, :4] + r.normal(0, 0.4, (70, 4))).argmax(axis=1)
REG = 0.1


def objective(W):
    scores = X @ W
    right = scores[np.arange(len(X)), labels]
    margins = np.maximum(0, scores - right[:, None] + 1)
    margins[np.arange(len(X)), labels] = 0
    return float(margins.sum() / len(X) + REG * np.sum(W * W))


def derivative(W):
    n = len(X)
    scores = X @ W
    right = scores[np.arange(n), labels]
    above = (scores - right[:, None] + 1 > 0).astype(float)
    above[np.arange(n), labels] = 0
    above[np.arange(n), labels] = -above.sum(axis=1)
    dW = X.T @ above / n
    dW += 2 * REG * W
    return dW


def case():
    W = np.random.default_rng(5).normal(0, 0.3, (6, 4))
    return dict(params={"W": W}, loss=lambda p: objective(p["W"]), grads=lambda p: {"W": derivative(p["W"])}, lr=0.1, steps=60, kinks=True)
