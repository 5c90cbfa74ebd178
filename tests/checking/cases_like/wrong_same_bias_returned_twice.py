"""Kind: gradient. The tuple that is returned has the first bias's gradient in both places."""
import numpy as np
rng = np.random.default_rng(0); X = rng.normal(size=(40, 3)); T = rng.normal(size=(40, 4))
def init(): r = np.random.default_rng(1); return {"W1": r.normal(size=(3, 4)), "b1": r.normal(size=4) * .1, "W2": r.normal(size=(4, 4)), "b2": r.normal(size=4) * .1}
def loss(p): return np.mean((np.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"] - T) ** 2)
def backward(p):
    h = np.tanh(X @ p["W1"] + p["b1"])
    dz2 = 2 * (h @ p["W2"] + p["b2"] - T) / T.size
    dz1 = (dz2 @ p["W2"].T) * (1 - h ** 2)
    dW1, db1 = X.T @ dz1, dz1.sum(axis=0)
    dW2, db2 = h.T @ dz2, dz2.sum(axis=0)
    return dW1, db1, dW2, db1                                      # DEFECT
def case(): return dict(params=init(), loss=loss, grads=lambda p: dict(zip(("W1", "b1", "W2", "b2"), backward(p))), lr=.1, steps=50)
