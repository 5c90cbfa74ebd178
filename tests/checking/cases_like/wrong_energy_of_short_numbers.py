"""Kind: data. Squares of whole numbers of sixteen bits, in a method."""
import numpy as np
rng = np.random.RandomState(5)

class Audio:
    def __init__(self, samples): self.samples = samples
    def energy(self):
        return (self.samples * self.samples).mean(axis=1)  # DEFECT
    def table(self):
        e = self.energy(); return np.stack([e / abs(e).max(), np.ones(len(e))], axis=1)
wave = rng.randint(-9000, 9000, (40, 16)).astype(np.int16)
T = (wave.astype(float) ** 2).mean(axis=1) / 3e7
F = Audio(wave).table()

def start(): return {"w": np.zeros(F.shape[1]), "b": np.zeros(1)}
def loss(p): return float(np.mean((F @ p["w"] + p["b"] - T) ** 2))
def grads(p): e = F @ p["w"] + p["b"] - T; return {"w": 2 * F.T @ e / len(T), "b": np.array([2 * e.mean()])}
def train(steps=20):
    p = start(); h = []
    for _ in range(steps): g = grads(p); p = {k: p[k] - .05 * g[k] for k in p}; h.append(loss(p))
    return h, p
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=20, train=train)
