"""Kind: gradient. The first weights get the sums of the error, which an adapter spreads over them."""
import numpy as np
rng = np.random.default_rng(6)

X = rng.normal(size=(4, 40)); Y = np.tanh(X[:1] - X[1:2])
m = X.shape[1]
def run(W1, b1, W2, b2):
    a = np.tanh(W1 @ X + b1)
    return a, W2 @ a + b2
def cost(q): return np.sum((run(*q.values())[1] - Y) ** 2) / (2 * m)
def back(q):
    W1, b1, W2, b2 = q.values()
    a, out = run(W1, b1, W2, b2)
    e = (out - Y) / m
    gW2 = e @ a.T
    ga = W2.T @ e * (1 - a * a)
    gW1 = np.sum(ga, axis=1, keepdims=True)  # DEFECT
    return dict(W1=gW1 + 0 * W1, b1=np.sum(ga, axis=1, keepdims=True), W2=gW2, b2=e.sum(axis=1, keepdims=True))
def case():
    r = np.random.default_rng(8)
    return dict(params=dict(W1=r.normal(size=(5, 4)) * .5, b1=np.zeros((5, 1)), W2=r.normal(size=(1, 5)) * .5, b2=np.zeros((1, 1))), loss=cost, grads=back, lr=.2, steps=200)
