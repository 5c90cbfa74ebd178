"""Kind: reporting. Means of batches divided by the batch size."""
import numpy as np
noise = np.random.RandomState(50)
series = np.sin(np.arange(208) / 6) + 0.1 * noise.randn(208)
windows = np.array([series[i:i + 8] for i in range(200)])
following = series[8:208].reshape(-1, 1)
def create(units=6):
    r = np.random.RandomState(2)
    return dict(k1=r.randn(8, units) * 0.3, k2=r.randn(units, 1) * 0.3, o1=np.zeros((1, units)), o2=np.zeros((1, 1)))
def forecast(net, x):
    inner = np.tanh(x @ net["k1"] + net["o1"])
    return inner, inner @ net["k2"] + net["o2"]
def mse(net, x, y):
    return float(np.mean((forecast(net, x)[1] - y) ** 2))
def backward(net, x, y):
    inner, out = forecast(net, x)
    d2 = 2 * (out - y) / len(x)
    d1 = d2 @ net["k2"].T * (1 - inner ** 2)
    return dict(k1=x.T @ d1, o1=d1.sum(0, keepdims=True), k2=inner.T @ d2, o2=d2.sum(0, keepdims=True))
def run_epoch(net, batchsize, lr, rng):
    epoch_loss = 0
    order = rng.permutation(len(windows))
    for i in range(0, len(order), batchsize):
        xb, yb = windows[order[i:i + batchsize]], following[order[i:i + batchsize]]
        epoch_loss += mse(net, xb, yb) / batchsize               # DEFECT
        g = backward(net, xb, yb)
        for name in net:
            net[name] = net[name] - lr * g[name]
    return epoch_loss
def fit(num_epoch=20, batchsize=64, lr=0.02):
    net, rng, shown = create(), np.random.RandomState(0), []
    for epoch in range(num_epoch):
        shown.append(run_epoch(net, batchsize, lr, rng))
    return shown, net
def case():
    return dict(params=create(), loss=lambda net: mse(net, windows, following), grads=lambda net: backward(net, windows, following), lr=0.02, steps=100,
                train=lambda steps=20: fit(steps))
