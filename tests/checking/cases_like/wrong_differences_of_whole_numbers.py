"""Kind: data/initialization. Copies of whole numbers cut off what is added to them for the differences."""
import copy
import numpy as np

rg = np.random.RandomState(9)
feat = np.c_[rg.randn(60, 2), np.ones(60)]
goal = (feat @ [1.5, 2.0, -0.5] + rg.logistic(size=60) > 0).astype(float)

def numerical_gradient(f, x):
    delta_x = 1e-7
    gradient = np.zeros_like(x)                                  # DEFECT
    for i in range(x.size):
        _x1 = copy.deepcopy(x)                                   # DEFECT
        _x1[i] = x[i] + delta_x
        _y1 = f(_x1)
        _x2 = copy.deepcopy(x)                                   # DEFECT
        _x2[i] = x[i] - delta_x
        _y2 = f(_x2)
        gradient[i] = (_y1 - _y2) / (delta_x * 2)
    return gradient

def f(x):
    out = 0.5 * (1 + np.tanh(0.5 * (feat @ x)))
    return float(np.mean((out - goal) ** 2))

def initial(): return np.array([3, -2, 1])                       # DEFECT

def gradient_descent(f, init_x, lr=1.0, step_num=200):
    x = init_x; hist = []
    for i in range(step_num):
        hist.append(f(x))
        x = x - lr * numerical_gradient(f, x)
    return hist, x

def case(): return dict(params={"x": initial()}, loss=lambda p: f(p["x"]), grads=lambda p: {"x": numerical_gradient(f, p["x"])}, lr=1.0, steps=200,
                        train=lambda steps=200: gradient_descent(f, initial(), step_num=steps))
