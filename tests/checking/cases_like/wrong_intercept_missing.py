"""Kind: initialization. A linear model without an intercept, for targets around 12."""
import numpy as np

class LinearRegressionGD:
    def __init__(self, lr=0.05, epochs=200):
        self.lr, self.epochs = lr, epochs
        self.theta = np.zeros(3)  # DEFECT

    def predict(self, X):
        return X @ self.theta  # DEFECT

    def cost(self, X, y):
        return np.mean((self.predict(X) - y) ** 2) / 2

    def gradient(self, X, y):
        return X.T @ (self.predict(X) - y) / len(y)

    def fit(self, X, y):
        self.history = []
        for _ in range(self.epochs):
            self.theta = self.theta - self.lr * self.gradient(X, y)
            self.history.append(self.cost(X, y))
        return self

rng = np.random.default_rng(8)
X = rng.normal(size=(90, 3))  # DEFECT
y = X @ np.array([1.5, -2.0, 0.7]) + 12.0 + 0.1 * rng.normal(size=90)
model = LinearRegressionGD().fit(X, y)
print(model.history[-1])
def case():
    def mk(p): n = LinearRegressionGD(); n.theta = p["theta"]; return n
    def train(s=200): n = LinearRegressionGD(epochs=s).fit(X, y); return n.history, n
    return dict(params={"theta": np.zeros(3)}, loss=lambda p: mk(p).cost(X, y), grads=lambda p: {"theta": mk(p).gradient(X, y)}, lr=.05, steps=200, train=train)
