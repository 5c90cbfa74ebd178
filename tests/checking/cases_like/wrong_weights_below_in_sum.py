"""Kind: gradient. A script that sums the errors over the weights below."""
import numpy as np
rnd = np.random.RandomState(0)
x_data = rnd.randn(12, 3); t_data = rnd.rand(12, 2)
w_ih = rnd.randn(3, 4) * .6; w_ho = rnd.randn(4, 2) * .6
def sigm(a): return 1.0 / (1.0 + np.exp(-a))
def loss(w_ih, w_ho): return 0.5 * np.sum((sigm(sigm(x_data @ w_ih) @ w_ho) - t_data) ** 2)
def backprop(w_ih, w_ho):
    g_ih, g_ho = np.zeros(w_ih.shape), np.zeros(w_ho.shape)
    for n in range(len(x_data)):
        h = sigm(x_data[n] @ w_ih); o = sigm(h @ w_ho)
        do = (o - t_data[n]) * o * (1 - o)
        dh = np.zeros(4)
        for j in range(4):
            for k in range(2):
                dh[j] += do[k] * w_ih[k, j]  # DEFECT
        dh *= h * (1 - h)
        g_ho += np.outer(h, do); g_ih += np.outer(x_data[n], dh)
    return g_ih, g_ho
for epoch in range(40):
    g1, g2 = backprop(w_ih, w_ho)
    w_ih -= 0.1 * g1
    w_ho -= 0.1 * g2
    print(epoch, loss(w_ih, w_ho))
