"""Kind: data. Differences of bytes under a square root."""
import numpy as np
rng = np.random.RandomState(5)

a = rng.randint(0, 256, (70, 5)).astype(np.uint8); b = rng.randint(0, 256, (70, 5)).astype(np.uint8)
def distance(p, q): return np.sqrt(((p - q) ** 2).sum(axis=1))  # DEFECT
D = distance(a, b)
T = np.sqrt(((a.astype(float) - b) ** 2).sum(axis=1)) / 300
F = np.column_stack([D / D.max(), a[:, 0] / 255.0])

def start(): return {"w": np.zeros(F.shape[1]), "b": np.zeros(1)}
def loss(p): return float(np.mean((F @ p["w"] + p["b"] - T) ** 2))
def grads(p): e = F @ p["w"] + p["b"] - T; return {"w": 2 * F.T @ e / len(T), "b": np.array([2 * e.mean()])}
def train(steps=20):
    p = start(); h = []
    for _ in range(steps): g = grads(p); p = {k: p[k] - .05 * g[k] for k in p}; h.append(loss(p))
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=20, train=train)
