"""Kind: gradient. The error is passed through the weights of the layer below."""
import numpy as np
class Network(object):
    def __init__(self, sizes):
        rng = np.random.RandomState(0)
        self.num_layers = len(sizes)
        self.biases = [rng.randn(y, 1) for y in sizes[1:]]
        self.weights = [rng.randn(y, x) / np.sqrt(x) for x, y in zip(sizes[:-1], sizes[1:])]
    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights): a = sigmoid(np.dot(w, a) + b)
        return a
    def total_cost(self, data): return sum(0.5 * np.sum((self.feedforward(x) - y) ** 2) for x, y in data) / len(data)
    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation = x; activations = [x]; zs = []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            z = zs[-l]
            sp = sigmoid_prime(z)
            delta = np.dot(self.weights[-l].transpose(), delta) * sp      # DEFECT
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
        return nabla_b, nabla_w
    def batch(self, data):
        nb = [np.zeros(b.shape) for b in self.biases]; nw = [np.zeros(w.shape) for w in self.weights]
        for x, y in data:
            db, dw = self.backprop(x, y)
            nb = [a + d for a, d in zip(nb, db)]; nw = [a + d for a, d in zip(nw, dw)]
        return [a / len(data) for a in nb], [a / len(data) for a in nw]
def sigmoid(z): return 1.0 / (1.0 + np.exp(-z))
def sigmoid_prime(z): return sigmoid(z) * (1 - sigmoid(z))
rr = np.random.RandomState(1); PAIRS = [(rr.randn(4, 1), np.eye(4)[:, [rr.randint(4)]]) for _ in range(5)]
NW, NB = ["w0", "w1", "w2"], ["b0", "b1", "b2"]
def of(p): n = Network([4, 4, 4, 4]); n.weights = [p[k] for k in NW]; n.biases = [p[k] for k in NB]; return n
def g(p): b, w = of(p).batch(PAIRS); return dict(zip(NW + NB, w + b))
def case(): n = Network([4, 4, 4, 4]); return dict(params=dict(zip(NW + NB, n.weights + n.biases)), loss=lambda p: of(p).total_cost(PAIRS), grads=g, lr=1., steps=60)
