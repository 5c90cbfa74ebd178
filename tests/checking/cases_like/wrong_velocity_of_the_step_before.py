"""Kind: update: the step is taken along the velocity before the gradient comes into it."""
import numpy as np

rand = np.random.RandomState(1234)
x = rand.randn(200, 3)
y = (x[:, 0] - 2 * x[:, 1] + .5 * x[:, 2] + .8 > 0).astype(float)

def classifier_params():
    return {"W": np.zeros(3), "b": np.zeros(1)}

def p_y_given_x(params):
    return 1 / (1 + np.exp(-(x @ params["W"] + params["b"])))

def negative_log_likelihood(params):
    p = np.clip(p_y_given_x(params), 1e-12, 1 - 1e-12)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))

def gradient(params):
    err = (p_y_given_x(params) - y) / len(x)
    return {"W": err @ x, "b": np.array([err.sum()])}

def make_updates(state, gparams, learning_rate, mom):
    updates = {}
    for name, gparam in gparams.items():
        gparam_mom = state[name + "_mom"]
        updates[name + "_mom"] = mom * gparam_mom + (1. - mom) * gparam
    for name in gparams:
        param, gparam_mom = state[name], state[name + "_mom"]
        stepped_param = param - (1. - mom) * learning_rate * gparam_mom   # DEFECT
        updates[name] = stepped_param
    return updates

def train(steps=200, learning_rate=1.0, mom=.95):
    params = classifier_params()
    state = {**params, **{k + "_mom": np.zeros_like(v) for k, v in params.items()}}
    curve = []
    for epoch in range(steps):
        now = {k: state[k] for k in params}
        curve.append(negative_log_likelihood(now))
        state = make_updates(state, gradient(now), learning_rate, mom)
    return curve, {k: state[k] for k in params}

def updater():
    vel = {k + "_mom": np.zeros_like(v) for k, v in classifier_params().items()}
    def update(params, g, lr):
        new = make_updates({**params, **vel}, g, lr, .95)
        for k in vel: vel[k] = new[k]
        return {k: new[k] for k in params}
    return update

def case():
    return dict(params=classifier_params(), loss=negative_log_likelihood, grads=gradient, lr=1.0, steps=200, update=updater(), train=train,
                metric=lambda p: float(np.mean((p_y_given_x(p) > .5) == y)))
