import numpy as np


def make_data(n=160, seed=0):
    r = np.random.RandomState(seed)
    X = r.uniform(-2, 2, (n, 2))
    y = (np.sign(X[:, 0]) == np.sign(X[:, 1])).astype(float)
    return X, y.reshape(n, 1)


def train(X, Y, hidden=9, epochs=150, lr=0.8):
    n = len(X)
    r = np.random.RandomState(42)
    W1 = r.randn(2, hidden) * 0.7
    b1 = np.zeros(hidden)
    W2 = r.randn(hidden, 1) * 0.7
    b2 = np.zeros(1)
    history = []
    for epoch in range(epochs):
        Z1 = X.dot(W1) + b1
        A1 = np.tanh(Z1)
        Z2 = A1.dot(W2) + b2
        A2 = 1.0 / (1.0 + np.exp(-Z2))
        loss = -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
        history.append(loss)
        dZ2 = A2 - Y
        dW2 = A1.T.dot(dZ2) / n
        db2 = dZ2.sum(axis=0) / n
        dA1 = dZ2.dot(W2.T)
        dZ1 = dA1 * (1 - A1 * A1)
        dW1 = X.T.dot(dZ1) / n
        db1 = dZ1.sum(axis=0) / n
        W2 = W2 - lr * dW2
        b2 = b2 - lr * db2
        W1 = W1 - lr * dW1
        b1 = b1 - lr * db1
        if epoch % 100 == 0:
            print("epoch", epoch, "loss", round(float(loss), 4))
    return W1, b1, W2, b2, history


X, Y = make_data()
W1, b1, W2, b2, history = train(X, Y)
P = 1.0 / (1.0 + np.exp(-(np.tanh(X.dot(W1) + b1).dot(W2) + b2)))
print("accuracy", np.mean((P > 0.5) == (Y > 0.5)))
