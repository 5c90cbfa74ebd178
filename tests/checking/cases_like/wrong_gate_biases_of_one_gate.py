"""Kind: gradient. The errors of the gates are gathered in a dict, and the reset gate's entry is that of the update gate."""
import numpy as np
rng = np.random.default_rng(5)
SEQ = rng.normal(size=(5, 4, 2)); GOAL = np.tanh(SEQ.sum((1, 2))); H = 3
def sigmoid(x): return 1 / (1 + np.exp(-x))
def start():
    r = np.random.default_rng(2)
    return {k + g: r.normal(size=s) * .5 for g in "zrh" for k, s in (("W", (H, 2)), ("U", (H, H)), ("b", H))}
class Cell:
    def __init__(self, p): self.p = p
    def run(self, xs):
        p, h, self.tape = self.p, np.zeros(H), []
        for x in xs:
            z = sigmoid(p["Wz"] @ x + p["Uz"] @ h + p["bz"])
            r = sigmoid(p["Wr"] @ x + p["Ur"] @ h + p["br"])
            c = np.tanh(p["Wh"] @ x + p["Uh"] @ (r * h) + p["bh"])
            self.tape.append((x, h, z, r, c))
            h = (1 - z) * h + z * c
        return h
    def back(self, dh):
        p, g = self.p, {k: np.zeros_like(v) for k, v in self.p.items()}
        for x, h, z, r, c in reversed(self.tape):
            dc = dh * z * (1 - c ** 2)
            dz = dh * (c - h) * z * (1 - z)
            drh = p["Uh"].T @ dc
            dr = drh * h * r * (1 - r)
            for k, d, s in (("z", dz, h), ("r", dr, h), ("h", dc, r * h)):
                g["W" + k] += np.outer(d, x)
                g["U" + k] += np.outer(d, s)
            biases = dict(z=dz, r=dz, h=dc)                        # DEFECT
            for k in biases: g["b" + k] += biases[k]
            dh = dh * (1 - z) + p["Uz"].T @ dz + p["Ur"].T @ dr + drh * r
        return g
def loss(p): return sum(.5 * np.sum((Cell(p).run(s) - t) ** 2) for s, t in zip(SEQ, GOAL))
def grads(p):
    total = {k: 0 for k in p}
    for s, t in zip(SEQ, GOAL):
        c = Cell(p)
        for k, v in c.back(c.run(s) - t).items(): total[k] = total[k] + v
    return total
def case(): return dict(params=start(), loss=loss, grads=grads, lr=.05, steps=60)
