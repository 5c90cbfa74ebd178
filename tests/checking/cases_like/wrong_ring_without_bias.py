"""Kind: initialization. A tanh network without biases is odd, and cannot have a class around the origin."""
import numpy as np

g = np.random.default_rng(19)
X = g.uniform(-1, 1, (2, 300))
T = ((X ** 2).sum(0) < .6).astype(float).reshape(1, 300)

class neuralNetwork:
    def __init__(self, hnodes=10, seed=1):
        r = np.random.default_rng(seed)
        self.wih, self.who = r.normal(0, 1, (hnodes, 2)), r.normal(0, .5, (1, hnodes))   # DEFECT

    def query(self, inputs):
        hidden_inputs = np.dot(self.wih, inputs)                     # DEFECT
        self.hidden_outputs = np.tanh(hidden_inputs)
        final_inputs = np.dot(self.who, self.hidden_outputs)         # DEFECT
        return 1 / (1 + np.exp(-final_inputs))

    def cost(self, inputs, targets):
        o = np.clip(self.query(inputs), 1e-12, 1 - 1e-12)
        return float(-np.mean(targets * np.log(o) + (1 - targets) * np.log(1 - o)))

    def slopes(self, inputs, targets):
        output_errors = (self.query(inputs) - targets) / inputs.shape[1]
        hidden_errors = np.dot(self.who.T, output_errors)
        return {"wih": np.dot(hidden_errors * (1 - self.hidden_outputs ** 2), inputs.T), "who": np.dot(output_errors, self.hidden_outputs.T)}

    def train(self, inputs, targets, epochs, lr):
        costs = []
        for e in range(epochs):
            s = self.slopes(inputs, targets)
            self.wih = self.wih - lr * s["wih"]
            self.who = self.who - lr * s["who"]
            costs.append(self.cost(inputs, targets))
        return costs

def _with(p): n = neuralNetwork(); n.wih, n.who = p["wih"], p["who"]; return n
def train(steps=500): n = neuralNetwork(); return n.train(X, T, steps, 1.0), n
def case():
    n = neuralNetwork()
    return dict(params={"wih": n.wih, "who": n.who}, loss=lambda p: _with(p).cost(X, T), grads=lambda p: _with(p).slopes(X, T), lr=1.0, steps=500, train=train,
                metric=lambda p: float(np.mean((_with(p).query(X) > .5) == T)))
