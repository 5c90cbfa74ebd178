"""Kind: update. The third entry of theta starts its step from the second one."""
import numpy as np
state = np.random.RandomState(47); size = state.uniform(850, 4500, 47)
rooms = np.clip(np.round(size / 900 + state.normal(0, .8, 47)), 1, 5)
y = .9 + .0013 * size - .09 * rooms + state.normal(0, .25, 47); m = len(y)
def normalize(v): return (v - v.mean()) / v.std()
X = np.column_stack([np.ones(47), normalize(size), normalize(rooms)])
def cost(Theta): return float(np.sum((X @ Theta[0] - y) ** 2) / (2 * m))
def derivatives(Theta): return ((X @ Theta[0] - y) @ X / m)[None]
def step(Theta, D, alpha):
    d0, d1, d2 = D[0]
    temp0 = Theta[0, 0] - alpha * d0
    temp1 = Theta[0, 1] - alpha * d1
    temp2 = Theta[0, 1] - alpha * d2                               # DEFECT
    return np.array([[temp0, temp1, temp2]])
def descend(rounds=400, alpha=.1):
    Theta, costs = np.zeros((1, 3)), []
    for i in range(rounds):
        costs.append(cost(Theta))
        Theta = step(Theta, derivatives(Theta), alpha)
    return costs, Theta
def case():
    return dict(params={"Theta": np.zeros((1, 3))}, loss=lambda p: cost(p["Theta"]), grads=lambda p: {"Theta": derivatives(p["Theta"])},
                lr=.1, steps=400, train=descend, update=lambda p, g, lr: {"Theta": step(p["Theta"], g["Theta"], lr)})
