"""Kind: gradient. The bounds of the clip are exchanged."""
import numpy as np
text = "hello world, hello backprop"
chars = sorted(set(text)); V = len(chars); ix = [chars.index(c) for c in text]
Xo = np.eye(V)[ix[:-1]]; To = ix[1:]
def init():
    r = np.random.RandomState(0); return dict(Wxh=r.randn(12, V) * .3, bh=np.zeros(12), Why=r.randn(V, 12) * .3, by=np.zeros(V))
def lossFun(p):
    h = np.tanh(Xo @ p["Wxh"].T + p["bh"]); s = h @ p["Why"].T + p["by"]
    e = np.exp(s - s.max(1, keepdims=True)); ps = e / e.sum(1, keepdims=True)
    loss = -np.sum(np.log(ps[np.arange(len(To)), To]))
    dy = ps.copy(); dy[np.arange(len(To)), To] -= 1
    dh = dy @ p["Why"]; draw = (1 - h * h) * dh
    d = dict(Wxh=draw.T @ Xo, bh=draw.sum(0), Why=dy.T @ h, by=dy.sum(0))
    for k in d:
        d[k] = np.clip(d[k], 5, -5)      # DEFECT
    return loss, d
def case(): return dict(params=init(), loss=lambda p: lossFun(p)[0], grads=lambda p: lossFun(p)[1], lr=.01, steps=100)
