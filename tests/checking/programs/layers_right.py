import numpy as np


class Dense:
    def __init__(self, n_in, n_out, rng):
        self.weights = rng.normal(0, 1 / np.sqrt(n_in), (n_in, n_out))
        self.bias = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.weights + self.bias

    def backward(self, grad, lr):
        grad_weights = self.x.T @ grad
        grad_bias = grad.sum(axis=0)
        grad_input = grad @ self.weights.T
        self.weights -= lr * grad_weights
        self.bias -= lr * grad_bias
        return grad_input


class ReLU:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, grad, lr):
        return grad * (self.x > 0)


class Network:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad, lr):
        for layer in reversed(self.layers):
            grad = layer.backward(grad, lr)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(p, labels):
    return -np.log(p[np.arange(len(labels)), labels]).mean()


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    labels = np.repeat(np.arange(3), 40)
    X = centres[labels] + rng.normal(0, 0.7, (120, 2))
    net = Network([Dense(2, 8, rng), ReLU(), Dense(8, 3, rng)])
    lr, batch = 0.1, 30
    history = []
    for epoch in range(20):
        order = rng.permutation(len(X))
        total = 0.0
        for start in range(0, len(X), batch):
            chosen = order[start : start + batch]
            xb, yb = X[chosen], labels[chosen]
            p = softmax(net.forward(xb))
            loss = cross_entropy(p, yb)
            grad = p.copy()
            grad[np.arange(len(yb)), yb] -= 1
            grad /= len(yb)
            net.backward(grad, lr)
            total += loss
        history.append(total / (len(X) / batch))
    print(history[0], history[-1])
