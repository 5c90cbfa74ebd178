"""Kind: gradient. Loops over neurons; the hidden error lacks its slope."""
import numpy as np
DATA = [([.2, .7], [1, 0]), ([.9, .1], [0, 1]), ([.4, .4], [1, 0]), ([.8, .6], [0, 1])]
def s(z): return 1 / (1 + np.exp(-z))
class Netz:
    def __init__(self): r = np.random.RandomState(2); self.wh = r.uniform(-1, 1, (3, 3)); self.wo = r.uniform(-1, 1, (2, 4))
    def forward(self, x):
        self.x = list(x) + [1.0]
        self.hidden = [s(sum(self.wh[j][i] * self.x[i] for i in range(3))) for j in range(3)] + [1.0]
        self.out = [s(sum(self.wo[k][j] * self.hidden[j] for j in range(4))) for k in range(2)]
        return self.out
    def error(self): return sum(.5 * (t[k] - self.forward(x)[k]) ** 2 for x, t in DATA for k in range(2))
    def gradients(self):
        gh, go = np.zeros((3, 3)), np.zeros((2, 4))
        for x, t in DATA:
            self.forward(x)
            do = [(self.out[k] - t[k]) * self.out[k] * (1 - self.out[k]) for k in range(2)]
            dh = [sum(do[k] * self.wo[k][j] for k in range(2)) for j in range(3)]      # DEFECT
            for k in range(2):
                for j in range(4): go[k, j] += do[k] * self.hidden[j]
            for j in range(3):
                for i in range(3): gh[j, i] += dh[j] * self.x[i]
        return gh, go
def netz(p): n = Netz(); n.wh, n.wo = p["wh"], p["wo"]; return n
def case(): n = Netz(); return dict(params=dict(wh=n.wh, wo=n.wo), loss=lambda p: netz(p).error(), grads=lambda p: dict(zip(("wh", "wo"), netz(p).gradients())), lr=.5, steps=100)
