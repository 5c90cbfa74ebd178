"""Kind: reporting. The validation loss is computed from the training rows."""
import numpy as np
from sklearn.datasets import make_classification
X, y = make_classification(150, 10, n_informative=3, random_state=0); y = y.astype(float)
x_tr, y_tr, x_val, y_val = X[:100], y[:100], X[100:], y[100:]
def p_(w, x): return 1 / (1 + np.exp(-(x @ w[:-1] + w[-1])))
def nll(w, x, y): q = np.clip(p_(w, x), 1e-12, 1 - 1e-12); return float(-np.mean(y * np.log(q) + (1 - y) * np.log(1 - q)))
def g(w, x, y): e = p_(w, x) - y; return np.append(x.T @ e, e.sum()) / len(y)
def train(steps=100, lr=.5):
    w, val_losses = np.zeros(11), []
    for _ in range(steps):
        w = w - lr * g(w, x_tr, y_tr)
        val_loss = nll(w, x_tr, y_tr)                          # DEFECT
        val_losses.append(val_loss)
    return val_losses, w
def case(): return dict(params={"w": np.zeros(11)}, loss=lambda p: nll(p["w"], x_tr, y_tr), grads=lambda p: {"w": g(p["w"], x_tr, y_tr)}, lr=.5, steps=100, train=train)
