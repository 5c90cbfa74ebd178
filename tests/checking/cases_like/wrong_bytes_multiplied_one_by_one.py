"""Kind: data. Products of bytes, pixel by pixel."""
import numpy as np
rng = np.random.RandomState(5)

def features(pixels):
    rows = []
    for r, g, b in pixels:
        rows.append([r, g, b, r * g, g * b])  # DEFECT
    return np.array(rows, dtype=float)
raw = rng.randint(0, 256, (50, 3)).astype("uint8")
T = raw.astype(float).prod(axis=1) / 255 ** 3
F = features(raw) / 255

def start(): return {"w": np.zeros(F.shape[1]), "b": np.zeros(1)}
def loss(p): return float(np.mean((F @ p["w"] + p["b"] - T) ** 2))
def grads(p): e = F @ p["w"] + p["b"] - T; return {"w": 2 * F.T @ e / len(T), "b": np.array([2 * e.mean()])}
def train(steps=20):
    p = start(); h = []
    for _ in range(steps): g = grads(p); p = {k: p[k] - .05 * g[k] for k in p}; h.append(loss(p))
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=20, train=train)
