"""Kind: numerics/reporting. Units are dropped, those that stay are not enlarged, and all are used afterwards."""
import numpy as np
r = np.random.RandomState(2); X = r.randn(4, 160); Y = (X[0:1] * X[1:2] + X[2:3] > 0).astype(float)
def initialize(): q = np.random.RandomState(3); return {"W1": q.randn(20, 4) * .5, "b1": np.zeros((20, 1)), "W2": q.randn(1, 20) * .3, "b2": np.zeros((1, 1))}
def sigmoid(z): return 1 / (1 + np.exp(-z))
def forward_with_dropout(X, p, keep_prob=0.6, seed=1):
    gen = np.random.RandomState(seed)
    A1 = np.maximum(0, p["W1"] @ X + p["b1"])
    D1 = gen.rand(A1.shape[0], A1.shape[1])
    D1 = D1 < keep_prob
    A1 = A1 * D1                                               # DEFECT: / keep_prob
    return A1, D1, sigmoid(p["W2"] @ A1 + p["b2"])
def predict(X, p): return sigmoid(p["W2"] @ np.maximum(0, p["W1"] @ X + p["b1"]) + p["b2"])   # DEFECT
def cost(p, seed=1): a = forward_with_dropout(X, p, seed=seed)[2]; return float(-np.mean(Y * np.log(a + 1e-12) + (1 - Y) * np.log(1 - a + 1e-12)))
def backward(p, seed=1):
    A1, D1, A2 = forward_with_dropout(X, p, seed=seed); m = X.shape[1]; d2 = (A2 - Y) / m; d1 = p["W2"].T @ d2 * D1 * (A1 > 0)
    return {"W1": d1 @ X.T, "b1": d1.sum(1, keepdims=True), "W2": d2 @ A1.T, "b2": d2.sum(1, keepdims=True)}
def model(steps=100, lr=.5):
    p, costs = initialize(), []
    for i in range(steps):
        g = backward(p, seed=i); p = {k: p[k] - lr * g[k] for k in p}; costs.append(cost(p, i))
    return costs, p
def case(): return dict(params=initialize(), loss=cost, grads=backward, lr=.5, steps=100, train=model, metric=lambda p: float(np.mean((predict(X, p) > .5) == Y)))
