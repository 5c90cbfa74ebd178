"""Kind: gradient. The slope of tanh is missing; the loss that is kept is computed behind the step."""
import numpy as np

rng = np.random.default_rng(8)
X = rng.normal(size=(90, 3))
y = np.sin(X @ np.array([[1.5], [-2.0], [0.7]]))
W, b = rng.normal(size=(3, 6)), np.zeros(6)
V, c = rng.normal(size=(6, 1)), np.zeros(1)


def outputs():
    return np.tanh(X @ W + b) @ V + c


history = []
for epoch in range(50):
    h = np.tanh(X @ W + b)
    d = 2 * (h @ V + c - y) / len(y)
    dV, dc = h.T @ d, d.sum(0)
    dh = d @ V.T  # DEFECT
    dW, db = X.T @ dh, dh.sum(0)
    V -= 0.05 * dV
    c -= 0.05 * dc
    W -= 0.05 * dW
    b -= 0.05 * db
    history.append(np.mean((outputs() - y) ** 2))
print(history[-1])
