"""Kind: initialization. The function that draws one weight seeds the generator, so all weights are equal."""
import numpy as np
def random_weight():
    np.random.seed(1)                                                  # DEFECT
    return np.random.uniform(-2, 2)
class Neuron:
    def __init__(self, n_inputs):
        self.weights = np.array([random_weight() for _ in range(n_inputs)])
        self.bias = random_weight()
    def fire(self, inputs):
        self.inputs = inputs
        self.output = 1 / (1 + np.exp(-(np.dot(self.weights, inputs) + self.bias)))
        return self.output
class Brain:
    xor = [((0, 0), 0), ((0, 1), 1), ((1, 0), 1), ((1, 1), 0)]
    def __init__(self, n_hidden=4):
        self.hidden = [Neuron(2) for _ in range(n_hidden)]
        self.out = Neuron(n_hidden)
    def answer(self, pair):
        return self.out.fire(np.array([n.fire(np.array(pair, float)) for n in self.hidden]))
    def error(self):
        return float(sum(0.5 * (t - self.answer(x)) ** 2 for x, t in self.xor))
    def gradient(self):
        units = self.hidden + [self.out]
        dw = [np.zeros_like(n.weights) for n in units]
        db = np.zeros(len(units))
        for x, t in self.xor:
            o = self.answer(x)
            delta = (o - t) * o * (1 - o)
            dw[-1] += delta * self.out.inputs
            db[-1] += delta
            for i, n in enumerate(self.hidden):
                d = delta * self.out.weights[i] * n.output * (1 - n.output)
                dw[i] += d * n.inputs
                db[i] += d
        return dw, db
    def learn(self, rate):
        dw, db = self.gradient()
        for n, w, b in zip(self.hidden + [self.out], dw, db):
            n.weights = n.weights - rate * w
            n.bias = n.bias - rate * b
def pack(b): u = b.hidden + [b.out]; return {"H": np.array([n.weights for n in b.hidden]), "O": b.out.weights, "B": np.array([n.bias for n in u])}
def unpack(p):
    b = Brain()
    for i, n in enumerate(b.hidden): n.weights, n.bias = p["H"][i], p["B"][i]
    b.out.weights, b.out.bias = p["O"], p["B"][-1]
    return b
def grads(p): dw, db = unpack(p).gradient(); return {"H": np.array(dw[:-1]), "O": dw[-1], "B": db}
def case(): return dict(params=pack(Brain()), loss=lambda p: unpack(p).error(), grads=grads, lr=1.0, steps=1500)
