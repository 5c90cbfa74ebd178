import numpy as np
from sklearn.datasets import make_circles

X, y = make_circles(n_samples=80, noise=0.1, factor=0.4, random_state=0)
y = y.reshape(-1, 1)

np.random.seed(0)
W1 = np.random.randn(2, 10) * 0.8
b1 = np.zeros((1, 10))
W2 = np.random.randn(10, 1) * 0.8
b2 = np.zeros((1, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_derivative(a):
    return a * (1 - a)


def forward(X, W1, b1, W2, b2):
    Z1 = np.dot(X, W1) + b1
    A1 = sigmoid(Z1)
    Z2 = np.dot(A1, W2) + b2
    A2 = sigmoid(Z2)
    return Z1, A1, Z2, A2


def compute_loss(y, A2):
    A2 = np.clip(A2, 1e-8, 1 - 1e-8)
    return -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))


def backward(X, y, Z1, A1, Z2, A2, W2):
    n = X.shape[0]
    dZ2 = A2 - y
    dW2 = np.dot(A1.T, dZ2) / n
    db2 = np.sum(dZ2, axis=0, keepdims=True) / n
    dA1 = np.dot(dZ2, W2.T)
    dZ1 = dA1 * sigmoid_derivative(A1)
    dW1 = np.dot(X.T, dZ1) / n
    db1 = np.sum(dZ1, axis=0, keepdims=True) / n
    return dW1, db1, dW2, db2


learning_rate = 1.0
losses = []
for epoch in range(150):
    Z1, A1, Z2, A2 = forward(X, W1, b1, W2, b2)
    loss = compute_loss(y, A2)
    losses.append(loss)
    dW1, db1, dW2, db2 = backward(X, y, Z1, A1, Z2, A2, W2)
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    if epoch % 50 == 0:
        print(f"epoch {epoch}: loss {loss:.4f}")

_, _, _, A2 = forward(X, W1, b1, W2, b2)
print("accuracy", np.mean((A2 > 0.5) == y))
