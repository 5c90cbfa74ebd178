"""Kind: data. The scaled columns are written back into a table of whole numbers."""
import numpy as np

def table():
    r = np.random.RandomState(2); age = r.randint(18, 80, 250); income = r.randint(15, 120, 250); child = r.randint(0, 5, 250)
    X = np.stack([age, income, child], axis=1); z = (age - 49) / 18 + (income - 67) / 30 + .3 * r.randn(250)
    return X, (z > 0).astype(int)
X, bought = table()
for j in range(3):
    X[:, j] = (X[:, j] - X[:, j].mean()) / X[:, j].std()       # DEFECT
def probability(w): return 1 / (1 + np.exp(-(X @ w[:3] + w[3])))
def loss(w): p = np.clip(probability(w), 1e-12, 1 - 1e-12); return float(-np.mean(bought * np.log(p) + (1 - bought) * np.log(1 - p)))
def grad(w): e = (probability(w) - bought) / len(X); return np.append(X.T @ e, e.sum())
def case(): return dict(params={"w": np.zeros(4)}, loss=lambda p: loss(p["w"]), grads=lambda p: {"w": grad(p["w"])}, lr=1.0, steps=300, metric=lambda p: float(np.mean((probability(p["w"]) > .5) == bought)))
