"""Kind: update/gradient. The intercept's new value is computed from the slope; gradients are what a step changes."""
import numpy as np
x = np.linspace(0, 2, 25); t = 3 * x - 1 + .1 * np.sin(9 * x)
def mse(m, c): return np.mean((m * x + c - t) ** 2)
def step(m, c, L):
    D_m = 2 * np.mean(x * (m * x + c - t))
    D_c = 2 * np.mean(m * x + c - t)
    m_new = m - L * D_m
    c_new = m - L * D_c                                            # DEFECT
    return m_new, c_new
def train(n=40):
    m, c, seen = .3, .1, []
    for _ in range(n): seen.append(mse(m, c)); m, c = step(m, c, .1)
    return seen, (m, c)
def grads(p): m, c = step(p["m"], p["c"], 1e-2); return {"m": (p["m"] - m) / 1e-2, "c": (p["c"] - c) / 1e-2}
def case(): return dict(params={"m": np.array(.3), "c": np.array(.1)}, loss=lambda p: mse(**p), grads=grads, lr=.1, steps=40, train=train)
