import numpy as np

np.random.seed(1)
X = np.random.randn(2, 80)
Y = (X[0:1] * X[1:2] > 0).astype(float)
m = X.shape[1]
W1 = np.random.randn(6, 2) * 0.5
b1 = np.zeros((6, 1))
W2 = np.random.randn(1, 6) * 0.5
b2 = np.zeros((1, 1))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(X, W1, b1, W2, b2):
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    return A1, A2


def compute_loss(A2, Y):
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


def backward(X, Y, A1, A2, W2):
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


learning_rate = 0.5
for epoch in range(300):
    A1, A2 = forward(X, W1, b1, W2, b2)
    loss = compute_loss(A2, Y)
    dW1, db1, dW2, db2 = backward(X, Y, A1, A2, W2)
    W1 -= learning_rate * dW1
    b1 -= learning_rate * db1
    W2 -= learning_rate * dW2
    b2 -= learning_rate * db2
    if epoch % 100 == 0:
        print(f"epoch {epoch}: loss {loss:.4f}")
