"""Kind: data/loss. Labels 0 and 1 multiplied into columns, in a class."""
import numpy as np
class Data:
    def __init__(self, n=100):
        r = np.random.RandomState(31)
        self.x = r.randn(3, n)
        self.label = np.array(self.x[0] > .3 * self.x[1], dtype=int)      # DEFECT
        self.signed = self.x * self.label                                # DEFECT
class Logit:
    def __init__(self, data): self.d, self.theta = data, np.zeros(3)
    def nll(self): return np.sum(np.log(1 + np.exp(-self.theta @ self.d.signed))) / self.d.signed.shape[1]
    def slope(self):
        q = 1 / (1 + np.exp(self.theta @ self.d.signed))
        return -self.d.signed @ q / self.d.signed.shape[1]
    def train(self, n):
        out = []
        for _ in range(n):
            out.append(self.nll()); self.theta = self.theta - .5 * self.slope()
        return out
D = Data()
def mk(p): l = Logit(D); l.theta = p["theta"]; return l
def train(steps=50): l = Logit(D); return l.train(steps), l
def case(): return dict(params={"theta": np.zeros(3)}, loss=lambda p: mk(p).nll(), grads=lambda p: {"theta": mk(p).slope()}, lr=.5, steps=50, train=train)
