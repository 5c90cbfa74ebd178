"""Kind: update. The moments are made of zeros again in every step."""
import numpy as np

q = np.random.default_rng(33); pts = q.uniform(-1, 1, (150, 2)); val = (np.sin(3 * pts[:, :1]) * pts[:, 1:])
def make(): g = np.random.default_rng(0); return [g.normal(0, 1, (2, 20)), np.zeros((1, 20)), g.normal(0, .3, (20, 1)), np.zeros((1, 1))]
def predict(P): H = np.tanh(pts @ P[0] + P[1]); return H, H @ P[2] + P[3]
def L(P): return float(np.mean((predict(P)[1] - val) ** 2))
def dL(P): H, o = predict(P); d = 2 * (o - val) / len(pts); k = d @ P[2].T * (1 - H ** 2); return [pts.T @ k, k.sum(0, keepdims=True), H.T @ d, d.sum(0, keepdims=True)]
def train(steps=300, alpha=.02, beta1=.9, beta2=.999):
    P, losses = make(), []
    for t in range(1, steps + 1):
        m = [np.zeros_like(p) for p in P]; v = [np.zeros_like(p) for p in P]     # DEFECT
        g = dL(P)
        for i in range(4):
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]; v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2
            P[i] = P[i] - alpha * (m[i] / (1 - beta1 ** t)) / (np.sqrt(v[i] / (1 - beta2 ** t)) + 1e-8)
        losses.append(L(P))
    return losses, P
def case(): N = ["w", "b", "v", "c"]; return dict(params=dict(zip(N, make())), loss=lambda d: L([d[n] for n in N]), grads=lambda d: dict(zip(N, dL([d[n] for n in N]))), lr=.02, steps=300, train=train)
