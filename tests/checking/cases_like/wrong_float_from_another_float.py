"""Kind: update. The parameters are plain floats; the second weight starts its step from the first one."""
import numpy as np
rng = np.random.default_rng(0); A, B = rng.normal(size=40), rng.normal(size=40); T = 1.5 * A - 0.7 * B + 0.3
class Plane:
    def __init__(self, w1=.4, w2=-.2, b=.1): self.w1, self.w2, self.b = w1, w2, b
    def cost(self): return np.mean((self.w1 * A + self.w2 * B + self.b - T) ** 2)
    def gradients(self):
        e = 2 * (self.w1 * A + self.w2 * B + self.b - T) / len(T)
        return np.sum(e * A), np.sum(e * B), np.sum(e)
    def step(self, lr):
        g1, g2, gb = self.gradients()
        self.w1 = self.w1 - lr * g1
        self.w2 = self.w1 - lr * g2                                # DEFECT
        self.b = self.b - lr * gb
def train(steps=50):
    m, costs = Plane(), []
    for _ in range(steps): costs.append(m.cost()); m.step(.1)
    return costs, m
def case():
    return dict(params={"w1": np.array(.4), "w2": np.array(-.2), "b": np.array(.1)}, loss=lambda p: Plane(**p).cost(),
                grads=lambda p: dict(zip(("w1", "w2", "b"), Plane(**p).gradients())), lr=.1, steps=50, train=train)
