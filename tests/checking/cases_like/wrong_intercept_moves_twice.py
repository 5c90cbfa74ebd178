"""Kind: update/gradient. All of theta moves, and then the intercept once more; gradients are what a step changes."""
import numpy as np
r = np.random.RandomState(20); gdp, free = r.uniform(.3, 1.7, (60, 1)), r.uniform(.1, .6, (60, 1))
Y = 3.3 + 1.3 * gdp + 1.8 * free + r.normal(0, .3, (60, 1)); LAMBDA = 2.0
class Regression:
    def __init__(self, X):
        self.X = np.hstack((np.ones((len(X), 1)), (X - X.mean(0)) / X.std(0)))
        self.theta = np.zeros((self.X.shape[1], 1))
    def step(self, alpha, penalty):
        m = len(Y); delta = self.X @ self.theta - Y
        theta = self.theta * (1 - alpha * penalty / m) - alpha / m * (delta.T @ self.X).T  # DEFECT
        theta[0] = theta[0] - alpha / m * (self.X[:, 0].T @ delta).T                       # DEFECT
        self.theta = theta
    def cost(self, theta, penalty):
        delta, cut = self.X @ theta - Y, theta[1:, 0]
        return float((delta.T @ delta + penalty * cut @ cut).item() / (2 * len(Y)))
def model(theta=None):
    lr = Regression(np.hstack([gdp, free]))
    if theta is not None: lr.theta = theta.copy()
    return lr
def grads(p): lr = model(p["theta"]); lr.step(1e-3, LAMBDA); return {"theta": (p["theta"] - lr.theta) / 1e-3}
def train(steps=100):
    lr, costs = model(), []
    for _ in range(steps): costs.append(lr.cost(lr.theta, LAMBDA)); lr.step(1.1, LAMBDA)
    return costs, lr
def case(): return dict(params={"theta": np.zeros((3, 1))}, loss=lambda p: model().cost(p["theta"], LAMBDA), grads=grads, lr=1.1, steps=100, train=train)
