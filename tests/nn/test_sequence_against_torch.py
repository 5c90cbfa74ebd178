"""Layers for sequences give PyTorch's outputs and gradients with PyTorch's weights, in float64, to 1e-10."""

import numpy as np
import pytest

import cutaway as ca
from cutaway.nn import GRU, LSTM, RNN, Embedding, LayerNorm, SelfAttention

torch = pytest.importorskip("torch", reason="compares with PyTorch")
pytestmark = pytest.mark.torch

N, STEPS, FEATURES, UNITS = 5, 7, 3, 4


class Run:
    training = True


def t(array):
    return torch.from_numpy(np.ascontiguousarray(array))


def close(ours, theirs):
    np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-10, atol=1e-10)


def weights_of(layer, shape, rng):
    """Weights that are nowhere zero, so that a forgotten one is seen."""
    return {name: rng.normal(scale=0.7, size=a.shape) for name, a in layer.build(shape, rng).params.items()}


def ours(layer, p, x, mix):
    """Output, and the gradients of ``sum(mix * output)`` by the weights and by the input."""
    y = layer.forward(p, x, Run())
    gradient = ca.grad(lambda p: (mix * layer.forward({k: p[k] for k in p if k != "x"}, p["x"], Run())).sum())
    return y, gradient({**p, "x": x})


def theirs(module, x, mix, run=lambda module, x: module(x)):
    x = t(x).requires_grad_()
    y = run(module, x)
    (t(mix) * y).sum().backward()
    return y.detach().numpy(), {name: w.grad.numpy() for name, w in module.named_parameters()}, x.grad.numpy()


def copy(module, **arrays):
    with torch.no_grad():
        for name, array in arrays.items():
            getattr(module, name).copy_(t(array))
    return module.double()


def twin_of(layer, p):
    """PyTorch's module with our weights; its second bias is zero where ours is the sum of both."""
    units = layer.units
    if isinstance(layer, RNN):
        module = torch.nn.RNN(FEATURES, units, nonlinearity=layer.activation, batch_first=True)
    else:
        module = {GRU: torch.nn.GRU, LSTM: torch.nn.LSTM}[type(layer)](FEATURES, units, batch_first=True)
    second = np.zeros_like(p["b"])
    if isinstance(layer, GRU):
        second[2 * units :] = p["b_n"]
    return copy(module.double(), weight_ih_l0=p["W"].T, weight_hh_l0=p["U"].T, bias_ih_l0=p["b"], bias_hh_l0=second)


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("kind", [lambda **k: RNN(UNITS, **k), lambda **k: RNN(UNITS, "relu", **k),
                                  lambda **k: GRU(UNITS, **k), lambda **k: LSTM(UNITS, **k)])  # fmt: skip
@pytest.mark.parametrize("steps", [1, 2, STEPS])
def test_recurrent(kind, sequences, steps):
    rng = np.random.default_rng(0)
    layer = kind(sequences=sequences)
    p, x = weights_of(layer, (steps, FEATURES), rng), rng.normal(size=(N, steps, FEATURES))
    mix = rng.normal(size=(N, *layer.output_shape((steps, FEATURES))))
    y, gradient = ours(layer, p, x, mix)
    twin, slopes, dx = theirs(
        twin_of(layer, p), x, mix, lambda module, x: module(x)[0] if sequences else module(x)[0][:, -1]
    )
    close(y, twin)
    close(gradient["x"], dx)
    close(gradient["W"], slopes["weight_ih_l0"].T)
    close(gradient["U"], slopes["weight_hh_l0"].T)
    close(gradient["b"], slopes["bias_ih_l0"])
    if isinstance(layer, GRU):
        close(gradient["b_n"], slopes["bias_hh_l0"][2 * UNITS :])


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("heads", [1, 2, 4])
def test_self_attention(heads, causal):
    rng = np.random.default_rng(1)
    layer = SelfAttention(UNITS, heads, causal=causal)
    p, x = weights_of(layer, (STEPS, UNITS), rng), rng.normal(size=(N, STEPS, UNITS))
    mix = rng.normal(size=(N, STEPS, UNITS))
    y, gradient = ours(layer, p, x, mix)
    module = torch.nn.MultiheadAttention(UNITS, heads, batch_first=True, dtype=torch.float64)
    copy(module, in_proj_weight=p["W"].T, in_proj_bias=p["b"])
    copy(module.out_proj, weight=p["W_out"].T, bias=p["b_out"])
    mask = torch.nn.Transformer.generate_square_subsequent_mask(STEPS, dtype=torch.float64) if causal else None
    twin, slopes, dx = theirs(module, x, mix, lambda module, x: module(x, x, x, attn_mask=mask)[0])
    close(y, twin)
    close(gradient["x"], dx)
    close(gradient["W"], slopes["in_proj_weight"].T)
    close(gradient["b"], slopes["in_proj_bias"])
    close(gradient["W_out"], slopes["out_proj.weight"].T)
    close(gradient["b_out"], slopes["out_proj.bias"])


def test_embedding():
    rng = np.random.default_rng(2)
    layer, codes = Embedding(6, UNITS), rng.integers(5, size=(N, STEPS))  # the last code never occurs
    p, mix = weights_of(layer, (STEPS,), rng), rng.normal(size=(N, STEPS, UNITS))
    module = copy(torch.nn.Embedding(6, UNITS).double(), weight=p["E"])
    y = module(torch.from_numpy(codes))
    (t(mix) * y).sum().backward()
    close(layer.forward(p, codes.astype(float), Run()), y.detach())
    gradient = ca.grad(lambda p: (mix * layer.forward(p, codes.astype(float), Run())).sum())(p)
    close(gradient["E"], module.weight.grad)
    assert not gradient["E"][5].any()


def test_layer_norm_of_sequences():
    rng = np.random.default_rng(3)
    layer, x = LayerNorm(), rng.normal(2.0, 3.0, size=(N, STEPS, UNITS))
    p, mix = weights_of(layer, (STEPS, UNITS), rng), rng.normal(size=x.shape)
    y, gradient = ours(layer, p, x, mix)
    twin, slopes, dx = theirs(copy(torch.nn.LayerNorm(UNITS).double(), weight=p["gamma"], bias=p["beta"]), x, mix)
    close(y, twin)
    close(gradient["x"], dx)
    close(gradient["gamma"], slopes["weight"])
    close(gradient["beta"], slopes["bias"])


def test_a_network_trains_to_the_weights_of_pytorch():
    """Codes to classes through two recurrent layers: ten steps of Adam end in the same weights."""
    rng = np.random.default_rng(4)
    codes, labels = rng.integers(6, size=(12, STEPS)), rng.integers(3, size=12)
    net = ca.Network(
        [Embedding(6, 3), GRU(4, sequences=True), LayerNorm(), LSTM(5), ca.Dense(3, "softmax")], dtype="float64"
    ).build((STEPS,))
    E, gru, _, lstm, dense = net.params

    embedding, norm = copy(torch.nn.Embedding(6, 3).double(), weight=E["E"]), torch.nn.LayerNorm(4).double()
    modules = []
    for kind, p, second in ((torch.nn.GRU, gru, np.repeat([0.0, 1.0], (8, 4))), (torch.nn.LSTM, lstm, np.zeros(20))):
        module = kind(p["W"].shape[0], p["U"].shape[0], batch_first=True).double()
        copy(module, weight_ih_l0=p["W"].T, weight_hh_l0=p["U"].T, bias_ih_l0=p["b"], bias_hh_l0=np.zeros(len(second)))
        module.bias_hh_l0.register_hook(t(second).mul)  # the rest is one bias with the first
        modules.append(module)
    last = copy(torch.nn.Linear(5, 3).double(), weight=dense["W"].T, bias=dense["b"])
    weights = [w for m in (embedding, norm, *modules, last) for w in m.parameters()]
    optimizer = torch.optim.Adam(weights, lr=0.01)
    for _ in range(10):
        optimizer.zero_grad()
        h = modules[1](norm(modules[0](embedding(torch.from_numpy(codes)))[0]))[0][:, -1]
        torch.nn.functional.cross_entropy(last(h), torch.from_numpy(labels)).backward()
        optimizer.step()

    net.fit(codes, labels, optimizer=ca.Adam(0.01), epochs=10, progress=False)
    for ours, theirs in (
        (net.params[0]["E"], embedding.weight),
        (net.params[1]["U"], modules[0].weight_hh_l0.T),
        (net.params[1]["b_n"], modules[0].bias_hh_l0[8:]),
        (net.params[2]["gamma"], norm.weight),
        (net.params[3]["W"], modules[1].weight_ih_l0.T),
        (net.params[4]["b"], last.bias),
    ):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-7, atol=1e-10)
