"""Correct: the curve is shown at points that happen to be those of the training."""
import numpy as np
x_train = np.linspace(0, 1, 40)[:, None]; t_train = np.sin(6 * x_train); x_test = np.linspace(0, 1, 40)[:, None]
def init(): r = np.random.RandomState(0); return [r.randn(1, 10) * 4, r.randn(10), r.randn(10, 1) * .3, np.zeros(1)]
def f(P, x): h = np.tanh(x @ P[0] + P[1]); return h, h @ P[2] + P[3]
def mse(P, x=x_train): return float(np.mean((f(P, x)[1] - np.sin(6 * x)) ** 2))
def back(P): h, o = f(P, x_train); d = 2 * (o - t_train) / 40; k = d @ P[2].T * (1 - h * h); return [x_train.T @ k, k.sum(0), h.T @ d, d.sum(0)]
def train(steps=200, lr=.05):
    P, log = init(), []
    for _ in range(steps): P = [p - lr * g for p, g in zip(P, back(P))]; log.append(mse(P))
    return log, P
K = "abcd"
def case(): return dict(params=dict(zip(K, init())), loss=lambda p: mse([p[k] for k in K]), grads=lambda p: dict(zip(K, back([p[k] for k in K]))), lr=.05, steps=200, train=train, metric=lambda p: mse([p[k] for k in K], x_test))
