"""Correct"""
import numpy as np

class Momentum:
    def __init__(self, learning_rate=1., momentum=.9):
        self.learning_rate, self.momentum, self.v = learning_rate, momentum, {}
    def update(self, values, gradients):
        for node, gradient in gradients.items():
            if node not in self.v:
                self.v[node] = gradient.copy()
            else:
                self.v[node] = self.momentum * self.v[node] + (1 - self.momentum) * gradient
            values[node] = values[node] - self.learning_rate * self.v[node]

rs = np.random.RandomState(11)                                   # height, weight, body fat
people = np.vstack([rs.normal([1.71, .70, .20], [.06, .10, .05], (150, 3)), rs.normal([1.58, .57, .25], [.05, .08, .05], (150, 3))]) * [.3, .5, 2]
sex = np.r_[np.ones(150), -np.ones(150)]

def adaline(): return {"w": np.random.RandomState(0).normal(0, .01, 3), "b": np.zeros(1)}
def output(v): return people @ v["w"] + v["b"]
def loss(v): return float(np.mean((output(v) - sex) ** 2))
def backward(v): e = 2 * (output(v) - sex) / len(sex); return {"w": people.T @ e, "b": np.array([e.sum()])}
def accuracy(v): return float(np.mean(np.sign(output(v)) == sex))

def train(steps=40):
    v, opt, h = adaline(), Momentum(), []
    for _ in range(steps): opt.update(v, backward(v)); h.append(loss(v))
    return h, v

def case():
    opt = Momentum()
    def update(p, g, lr): opt.learning_rate = lr; q = dict(p); opt.update(q, g); return q
    return dict(params=adaline(), loss=loss, grads=backward, lr=1., steps=40, train=train, update=update, metric=accuracy)
