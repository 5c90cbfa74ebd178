"""Kind: data/numerics. Differences of unsigned bytes wrap around."""
import numpy as np
r = np.random.default_rng(4)
img = r.integers(0, 256, (100, 12)).astype(np.uint8); y = (img[:, :6].astype(int).sum(1) > img[:, 6:].astype(int).sum(1)).astype(int)
diff = np.diff(img, axis=1)  # DEFECT
Xtr, Xte = diff[:70] / 255., diff[70:] / 255.
ytr, yte = y[:70], y[70:]
def soft(p): z = Xtr @ p["W"] + p["b"]; e = np.exp(z - z.max(1, keepdims=True)); return e / e.sum(1, keepdims=True)
def loss(p): return -np.mean(np.log(soft(p)[np.arange(70), ytr]))
def grads(p): d = soft(p); d[np.arange(70), ytr] -= 1; d /= 70; return {"W": Xtr.T @ d, "b": d.sum(0)}
def case(): return dict(params={"W": np.zeros((11, 2)), "b": np.zeros(2)}, loss=loss, grads=grads, lr=.1, steps=200)
