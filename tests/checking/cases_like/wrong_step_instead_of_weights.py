"""Kind: update. The weights become the step, where it should be added to them."""
import numpy as np

def random_weights(location=0.0, scale=0.01, seed=1):
    return np.random.RandomState(seed).normal(location, scale, 3)

def net_input(X, W): return X @ W[1:] + W[0]

def sse(X, y, W): return float(np.mean((y - net_input(X, W)) ** 2) / 2)

def predict(X, W): return np.where(net_input(X, W) >= 0, 1, -1)

def errors_of(X, y, W): return y - net_input(X, W)

def gradient(X, y, W):
    e = errors_of(X, y, W)
    return -np.append(e.sum(), X.T @ e) / len(y)

def update_weight(X, y, W, eta):
    errors = errors_of(X, y, W)
    W = W.copy()
    W[1:] = eta * X.T @ errors / len(y)                          # DEFECT
    W[0] = eta * errors.sum() / len(y)                           # DEFECT
    return W

def flowers(seed=0):
    r = np.random.RandomState(seed)
    X = np.vstack([r.normal([5.0, 1.5], [.35, .2], (50, 2)), r.normal([5.9, 4.2], [.5, .5], (30, 2))])
    X = (X - X.mean(0)) / X.std(0)
    return X, np.r_[-np.ones(50), np.ones(30)]

X, y = flowers()

def train(steps=50, eta=0.1):
    W, hist = random_weights(), []
    for _ in range(steps):
        hist.append(sse(X, y, W))
        W = update_weight(X, y, W, eta)
    return hist, W

def case():
    return dict(params={"W": random_weights()}, loss=lambda p: sse(X, y, p["W"]), grads=lambda p: {"W": gradient(X, y, p["W"])}, lr=0.1, steps=50,
                train=train, update=lambda p, g, lr: {"W": update_weight(X, y, p["W"], lr)}, metric=lambda p: float(np.mean(predict(X, p["W"]) == y)))
