"""Kind: gradient. The column of the biases is set to one, not to zero, before the penalty's gradient is added."""
import numpy as np

r0 = np.random.RandomState(9)
y = np.repeat([0, 1, 2], 30)
X = np.c_[np.ones((90, 1)), r0.randn(3, 8)[y] + r0.randn(90, 8) * .9]
y_matrix = np.eye(3)[y]
n_in, n_hid, n_out = 8, 5, 3
REG = 6.0

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def sigmoidGradient(z):
    return sigmoid(z) * (1 - sigmoid(z))

def unroll(nn_params):
    theta1 = nn_params[0:n_hid * (n_in + 1)].reshape(n_hid, n_in + 1)
    theta2 = nn_params[n_hid * (n_in + 1):].reshape(n_out, n_hid + 1)
    return theta1, theta2

def feed(nn_params, features):
    theta1, theta2 = unroll(nn_params)
    a1 = features  # 90x9
    z2 = theta1.dot(a1.T)  # 5x90
    a2 = np.c_[np.ones((features.shape[0], 1)), sigmoid(z2.T)]  # 90x6
    a3 = sigmoid(theta2.dot(a2.T))  # 3x90
    return a1, z2, a2, a3

def nnCost(nn_params, reg=REG):
    m = X.shape[0]
    theta1, theta2 = unroll(nn_params)
    a3 = feed(nn_params, X)[3]
    J = -1 / m * np.sum(np.log(a3.T) * y_matrix + np.log(1 - a3).T * (1 - y_matrix)) + \
        reg / (2 * m) * (np.sum(np.square(theta1[:, 1:])) + np.sum(np.square(theta2[:, 1:])))
    return float(J)

def nnGrad(nn_params, reg=REG):
    m = X.shape[0]
    theta1, theta2 = unroll(nn_params)
    a1, z2, a2, a3 = feed(nn_params, X)
    d3 = a3.T - y_matrix  # 90x3
    d2 = theta2[:, 1:].T.dot(d3.T) * sigmoidGradient(z2)  # 5x90
    delta1 = d2.dot(a1)
    delta2 = d3.T.dot(a2)
    theta1_ = np.c_[np.ones((theta1.shape[0], 1)), theta1[:, 1:]]  # DEFECT
    theta2_ = np.c_[np.ones((theta2.shape[0], 1)), theta2[:, 1:]]  # DEFECT
    theta1_grad = delta1 / m + (theta1_ * reg) / m
    theta2_grad = delta2 / m + (theta2_ * reg) / m
    return np.r_[theta1_grad.ravel(), theta2_grad.ravel()]

def initial():
    return np.random.RandomState(1).uniform(-.4, .4, n_hid * (n_in + 1) + n_out * (n_hid + 1))
def case():
    return dict(params={"nn_params": initial()}, loss=lambda p: nnCost(p["nn_params"]), grads=lambda p: {"nn_params": nnGrad(p["nn_params"])}, lr=.5, steps=300,
                metric=lambda p: float(np.mean(feed(p["nn_params"], X)[3].argmax(0) == y)))
