"""Kind: update. The tuple of the best parameters holds the live arrays."""
import numpy as np
rs = np.random.RandomState(3); X = rs.randn(2, 30); Y = X[:1] * X[1:]; XV = rs.randn(2, 30); YV = XV[:1] * XV[1:]
def init(): r = np.random.RandomState(1); return r.randn(10, 2), r.randn(10, 1), r.randn(1, 10) * .3, np.zeros((1, 1))
def model(W1, b1, W2, b2, X): H = np.tanh(W1 @ X + b1); return H, W2 @ H + b2
def cost(W1, b1, W2, b2, X, Y): return float(np.mean((model(W1, b1, W2, b2, X)[1] - Y) ** 2))
def gradients(W1, b1, W2, b2):
    H, O = model(W1, b1, W2, b2, X); D = 2 * (O - Y) / Y.shape[1]; K = W2.T @ D * (1 - H ** 2)
    return K @ X.T, K.sum(1, keepdims=True), D @ H.T, D.sum(1, keepdims=True)
def train(steps=400, rate=.05, patience=30):
    W1, b1, W2, b2 = init(); waited, err_min, best, costs = 0, np.inf, None, []
    while len(costs) < steps and waited < patience:
        dW1, db1, dW2, db2 = gradients(W1, b1, W2, b2)
        W1 -= rate * dW1  # DEFECT
        b1 -= rate * db1; W2 -= rate * dW2; b2 -= rate * db2
        err = cost(W1, b1, W2, b2, XV, YV); costs.append(err)
        if not err >= err_min:
            err_min, best, waited = err, (W1, b1, W2, b2), 0  # DEFECT
        else: waited += 1
    return costs, best
N = ("W1", "b1", "W2", "b2")
def case(): return dict(params=dict(zip(N, init())), loss=lambda p: cost(*[p[n] for n in N], X, Y), grads=lambda p: dict(zip(N, gradients(*[p[n] for n in N]))), lr=.05, steps=400, train=train)
