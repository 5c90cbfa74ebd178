import numpy as np


class NeuralNetwork:
    def __init__(self, n_in, n_hidden, n_out, lr=0.5):
        rng = np.random.default_rng(3)
        self.W1 = rng.normal(0, 1, (n_in, n_hidden))
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = rng.normal(0, 1, (n_hidden, n_out))
        self.b2 = np.zeros((1, n_out))
        self.lr = lr

    def sigmoid(self, x):
        return 1 / (1 + np.exp(-x))

    def forward(self, X):
        self.hidden = self.sigmoid(np.dot(X, self.W1) + self.b1)
        self.output = self.sigmoid(np.dot(self.hidden, self.W2) + self.b2)
        return self.output

    def backward(self, X, y, output):
        n = X.shape[0]
        output_delta = 2 * (output - y) / n * output * (1 - output)
        hidden_error = output_delta.dot(self.W2.T)
        hidden_delta = hidden_error * self.hidden * (1 - self.hidden)
        self.W2 -= self.lr * self.hidden.T.dot(output_delta)
        self.b2 -= self.lr * np.sum(output_delta, axis=0, keepdims=True)
        self.W1 -= self.lr * X.T.dot(hidden_delta)
        self.b1 -= self.lr * np.sum(hidden_delta, axis=0, keepdims=True)

    def train(self, X, y, epochs):
        for epoch in range(epochs):
            output = self.forward(X)
            self.backward(X, y, output)
            if epoch % 100 == 0:
                loss = np.mean(np.square(y - output))
                print("Epoch", epoch, "Loss", loss)


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
nn = NeuralNetwork(2, 4, 1)
nn.train(X, y, 500)
print(nn.forward(X))
