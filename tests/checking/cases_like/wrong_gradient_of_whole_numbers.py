"""Kind: gradient: a gradient in an array of whole numbers."""
import numpy as np
rng = np.random.RandomState(2)
A = rng.randn(60, 3)
b = (A @ np.array([1.0, -1.0, 0.5]) + 0.2 > 0) * 2 - 1

def margin(theta):
    return b * (A @ theta[:3] + theta[3])

def logistic(theta):
    return float(np.mean(np.log1p(np.exp(-margin(theta)))))

def slope(theta):
    g = np.zeros(len(theta), dtype=int)  # DEFECT
    s = -b / (1 + np.exp(margin(theta))) / len(b)
    for j in range(3):
        g[j] = s @ A[:, j]
    g[3] = s.sum()
    return g

def case():
    return dict(params={"theta": np.array([0.1, 0.2, -0.1, 0.0])}, loss=lambda p: logistic(p["theta"]), grads=lambda p: {"theta": slope(p["theta"])}, lr=0.5, steps=100)
