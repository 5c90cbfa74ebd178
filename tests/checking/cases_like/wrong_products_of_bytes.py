"""Kind: data. Products of colours, of which each is a byte."""
import numpy as np

gen = np.random.default_rng(33)
PIX = gen.integers(0, 256, (400, 3)).astype(np.uint8)  # DEFECT
def true_colour(c):
    c = c.astype(float) / 255
    return np.stack([.9 * c[:, 0] ** 2 + .1 * c[:, 1] * c[:, 2], .2 + .8 * c[:, 0] * c[:, 1], c[:, 2] ** 2 * .7 + .3 * c[:, 0] * c[:, 1] * c[:, 2]], axis=1)
WANT = true_colour(PIX)

def kernelP(pixels):
    R, G, B = pixels.T  # DEFECT
    return np.stack([R, G, B,
                     R * G,  # DEFECT
                     R * B,  # DEFECT
                     G * B,  # DEFECT
                     R * R,  # DEFECT
                     G * G,  # DEFECT
                     B * B,  # DEFECT
                     R * G * B,  # DEFECT
                     np.ones(len(R))], axis=1)

def features(pixels):
    phi = kernelP(pixels)
    return phi / np.abs(phi).max(axis=0)

def init(): return {"M": np.random.default_rng(1).normal(0, .05, (11, 3))}
def loss(p, pixels=PIX, want=WANT): return float(np.mean((features(pixels) @ p["M"] - want) ** 2))
def grads(p): f = features(PIX); return {"M": 2 * f.T @ (f @ p["M"] - WANT) / WANT.size}

def train(steps=1500, lr=.5):
    p, hist = init(), []
    for _ in range(steps): g = grads(p); p = {"M": p["M"] - lr * g["M"]}; hist.append(loss(p))
    return hist, p
def case(): return dict(params=init(), loss=loss, grads=grads, lr=.5, steps=300, train=train)

