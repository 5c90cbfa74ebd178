import numpy as np
from sklearn.datasets import make_moons

X, y = make_moons(150, noise=0.15, random_state=4)
y = y.reshape(-1, 1)


class NeuralNetwork:
    def __init__(self, n_in, n_hidden, n_out):
        np.random.seed(7)
        self.W1 = np.random.randn(n_in, n_hidden) * 0.5
        self.b1 = np.zeros((1, n_hidden))
        self.W2 = np.random.randn(n_hidden, n_out) * 0.5
        self.b2 = np.zeros((1, n_out))

    def relu(self, z):
        return np.maximum(0, z)

    def relu_derivative(self, z):
        return (z > 0).astype(float)

    def sigmoid(self, z):
        return 1 / (1 + np.exp(-np.clip(z, -500, 500)))

    def forward(self, X):
        self.Z1 = X @ self.W1 + self.b1
        self.A1 = self.relu(self.Z1)
        self.Z2 = self.A1 @ self.W2 + self.b2
        self.A2 = self.sigmoid(self.Z2)
        return self.A2

    def backward(self, X, y, output, learning_rate):
        m = X.shape[0]
        dZ2 = output - y
        dW2 = self.A1.T @ dZ2 / m
        db2 = np.sum(dZ2, axis=0, keepdims=True) / m
        dA1 = dZ2 @ self.W2.T
        dZ1 = dA1 * self.relu_derivative(self.Z1)
        dW1 = X.T @ dZ1 / m
        db1 = np.sum(dZ1, axis=0, keepdims=True) / m
        self.W2 -= learning_rate * dW2
        self.b2 -= learning_rate * db2
        self.W1 -= learning_rate * dW1
        self.b1 -= learning_rate * db1

    def train(self, X, y, epochs, learning_rate):
        losses = []
        for epoch in range(epochs):
            output = self.forward(X)
            loss = -np.mean(y * np.log(output + 1e-8) + (1 - y) * np.log(1 - output + 1e-8))
            self.backward(X, y, output, learning_rate)
            losses.append(loss)
            if epoch % 100 == 0:
                print(f"Epoch {epoch}, loss {loss:.4f}")
        return losses


if __name__ == "__main__":
    nn = NeuralNetwork(2, 8, 1)
    losses = nn.train(X, y, epochs=120, learning_rate=0.5)
    predictions = (nn.forward(X) > 0.5).astype(int)
    print("accuracy", np.mean(predictions == y))
