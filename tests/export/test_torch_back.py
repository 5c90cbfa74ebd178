"""Modules and weights of PyTorch's become networks; what does not fit is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cutaway as ca
from cutaway.errors import CutawayError, DataError, DataMissingError, ShapeError, UsageError
from cutaway.export import torch as export

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = pytest.mark.torch

nn, F = torch.nn, torch.nn.functional


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 4, (3, 2), stride=(1, 2))
        self.fc1 = nn.Linear(4 * 5 * 3, 10)
        self.fc2 = nn.Linear(10, 3)

    def forward(self, x):
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)
        x = F.relu(self.conv2(x))
        x = x.contiguous().view(x.size(0), -1)
        return torch.softmax(self.fc2(F.dropout(F.gelu(self.fc1(x)), 0.3, self.training)), dim=-1)


class Tagger(nn.Module):
    def __init__(self, kind, **more):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.rnn = kind(4, 5, batch_first=True, **more)
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        x, _ = self.rnn(self.embedding(x.long()))
        return self.out(x[:, -1])


class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(4, 5, batch_first=True)

    def forward(self, x):
        _, (h, _cell) = self.rnn(x)
        return h[-1]


MODULES = {
    "sequential": (
        nn.Sequential(
            nn.Linear(4, 8),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(8, 8, bias=False),
            nn.BatchNorm1d(8, momentum=0.2),
            nn.LeakyReLU(),
            nn.LayerNorm(8),
            nn.Linear(8, 3),
            nn.Identity(),
            nn.Softmax(dim=1),
        ),
        None,
    ),
    "nested": (nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.Tanh()), nn.ELU(), nn.SiLU(), nn.Softplus()), None),
    "plain norms": (
        nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8, affine=False), nn.LayerNorm(8, elementwise_affine=False)),
        None,
    ),
    "images": (
        nn.Sequential(
            nn.Conv2d(3, 4, 3, padding="same", bias=False),
            nn.GELU(),
            nn.MaxPool2d(3, 2),
            nn.Conv2d(4, 5, 2, stride=2),
            nn.Sigmoid(),
            nn.AvgPool2d((1, 2)),
            nn.Flatten(),
            nn.Linear(5 * 2, 2),
        ),
        (9, 11, 3),
    ),
    "global": (nn.Sequential(nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)), (9, 8, 1)),
    "lenet": (LeNet(), (14, 14, 1)),
    "lstm": (Tagger(nn.LSTM, num_layers=2, dropout=0.1), (6,)),
    "gru": (Tagger(nn.GRU), (6,)),
    "rnn": (Tagger(nn.RNN, nonlinearity="relu", bias=False), (6,)),
    "memory": (Memory(), (6, 4)),
}


@pytest.mark.parametrize("name", MODULES)
def test_a_module_becomes_a_network(name):
    module, shape = MODULES[name]
    module = module.double().eval()
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for tensor in (*module.parameters(), *module.buffers()):
            if tensor.is_floating_point():
                tensor.copy_(torch.tensor(rng.uniform(0.1, 0.9, tensor.shape)))
    net = ca.from_torch(module, input_shape=shape)
    X = rng.integers(0, 7, (5, 6)) if shape == (6,) else rng.normal(size=(5, *(shape or (4,))))
    given = torch.tensor(X)
    if len(shape or ()) == 3:
        given = given.permute(0, 3, 1, 2).contiguous()
    assert net.dtype == np.float64
    np.testing.assert_allclose(net(X), module(given).detach().numpy(), rtol=1e-8, atol=1e-12)


def test_the_network_of_an_exported_module_is_the_same():
    layers = [
        *(ca.Conv2D(4, 3, "relu", padding=1), ca.MaxPool2D(2), ca.Flatten(), ca.Dense(5, "tanh")),
        *(ca.BatchNorm(), ca.Dropout(0.5), ca.Dense(2, "softmax")),
    ]
    net = ca.Network(layers, dtype="float64", seed=3).build((8, 8, 1))
    again = ca.from_torch(net.to_torch(), input_shape=(8, 8, 1))
    assert again.layers == net.layers
    X = np.random.default_rng(0).normal(size=(3, 8, 8, 1))
    np.testing.assert_allclose(again(X), net(X), rtol=1e-12)


def test_a_network_from_torch_trains_and_goes_back():
    module = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    net = ca.from_torch(module)
    assert repr(net.layers) == "(Dense(8, 'tanh'), Dense(1, 'sigmoid'))"
    data = ca.data.load("moons", n_samples=100, seed=0)
    assert net.fit(data.X, data.y, optimizer=ca.Adam(0.05), epochs=100, progress=False).last["accuracy"] > 0.85
    state = net.to_torch().state_dict()
    module.load_state_dict({key: state[f"linear_{1 + i // 2}.{key[2:]}"] for i, key in enumerate(module.state_dict())})
    X = torch.tensor(data.X, dtype=torch.float32)
    np.testing.assert_allclose(module(X).detach().numpy(), net(data.X), rtol=1e-4, atol=1e-6)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x):
        return x + self.fc(x)


class Unread(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x):
        self.one(x)
        return self.other(x)


class Function(nn.Module):
    def __init__(self, name, **settings):
        super().__init__()
        self.fc, self.name, self.settings = nn.Linear(4, 4), name, settings

    def forward(self, x):
        return getattr(nn.functional, self.name)(self.fc(x), **self.settings)


class Reshaped(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.fc, self.shape = nn.Linear(4, 4), shape

    def forward(self, x):
        return self.fc(x).reshape(*self.shape)


class Branching(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x


REFUSED = {
    "a module": (nn.Sequential(nn.Linear(4, 4), nn.Hardtanh()), None, r"Hardtanh \(1\).*These are known: Linear"),
    "a function": (Residual(), None, "the function add"),
    "a branch": (Branching(), (4,), "forward pass of Branching is no chain"),
    "groups": (nn.Sequential(nn.Conv2d(4, 4, 3, groups=2)), (8, 8, 4), "groups=1"),
    "two directions": (Tagger(nn.GRU, bidirectional=True), (6,), "one direction"),
    "images have no batch norm": (
        nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)),
        (8, 8, 1),
        "Fold it into the convolution",
    ),
    "no last step": (nn.Sequential(nn.LSTM(4, 5, batch_first=True)), (6, 4), "an output that is not that"),
    "no shape": (nn.Sequential(nn.Conv2d(1, 4, 3)), None, r"input_shape: \(height, width, channels\)"),
    "two ways": (Unread(), None, "a branch: other takes"),
    "a slope of a function": (Function("leaky_relu", negative_slope=0.3), None, "leaky_relu with negative_slope=0.3"),
    "an alpha": (Function("elu", alpha=2.0), None, "elu with alpha=2.0"),
    "an approximation": (Function("gelu", approximate="tanh"), None, "gelu with approximate='tanh'"),
    "a beta": (Function("softplus", beta=3), None, "softplus with beta=3"),
    "a softmax of rows": (Function("softmax", dim=0), None, "softmax over dim=0"),
    "a softmax of steps": (nn.Sequential(nn.Embedding(9, 4), nn.Softmax(1)), (6,), "softmax over dim=1"),
    "a softmax of pixels": (nn.Sequential(nn.Conv2d(1, 4, 3), nn.Softmax(-1)), (8, 8, 1), "softmax over dim=-1"),
    "other rows": (Reshaped(4, -1), None, "other than the rows"),
    "other columns": (Reshaped(-1, 2), None, "other than the rows"),
    "a slope": (nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.2)), None, "LeakyReLU.*with these settings"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_named(name):
    module, shape, message = REFUSED[name]
    with pytest.raises(UsageError, match=message):
        ca.from_torch(module, input_shape=shape)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("leaky_relu", {"negative_slope": 0.01}),
        ("elu", {"alpha": 1.0, "inplace": True}),
        ("gelu", {}),
        ("softplus", {"beta": 1}),
        ("softmax", {"dim": 1}),
        ("softmax", {"dim": -1}),
        ("relu", {"inplace": True}),
    ],
)
def test_functions_with_their_usual_settings(name, settings):
    module = Function(name, **settings).double()
    X = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_allclose(ca.from_torch(module)(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-12)


# Weights ----------------------------------------------------------------------------------------------------------


def net() -> ca.Network:
    return ca.Network([ca.Dense(8, "tanh"), ca.BatchNorm(), ca.Dense(3)], dtype="float64").build(4)


def test_weights_by_order_whatever_their_names():
    module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.BatchNorm1d(8), nn.Linear(8, 3)).double().eval()
    mine = net()
    mine.load_state_dict(module.state_dict())
    X = np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_allclose(mine(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-12)
    mine.load_state_dict({f"module.{k}": v.numpy() for k, v in module.state_dict().items()})
    np.testing.assert_allclose(mine(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize("kind", ["torch", "numbers", "own"])
def test_weights_of_a_safetensors_file(kind, tmp_path: Path):
    from safetensors.torch import save_file

    path = tmp_path / "weights.safetensors"
    layers = [ca.Dense(5) for _ in range(12)]  # as text, 10 comes before 2
    mine, other = (ca.Network(layers, seed=seed, dtype="float64").build(5) for seed in (1, 2))
    if kind == "own":
        mine.save(path)
    else:
        state = mine.to_torch().state_dict()
        renamed = {f"{int(k.split('.')[0].split('_')[1])}.{k.split('.')[1]}": v for k, v in state.items()}
        save_file({k: v.contiguous() for k, v in (state if kind == "torch" else renamed).items()}, path)
    other.load_state_dict(path)
    for a, b in zip(mine.params, other.params, strict=True):
        np.testing.assert_array_equal(a["W"], b["W"])


def changed(**new) -> dict:
    return {k: v for k, v in (export.state_dict(net()) | new).items() if v is not None}


WRONG = {
    "missing": (changed(**{"linear_2.bias": None}), DataError, "missing: linear_2.bias.*Its module has the names"),
    "unexpected": (changed(extra=np.zeros(3)), DataError, "unexpected: extra"),
    "both": ({"a.weight": np.zeros((2, 2))}, DataError, "missing: linear_1.weight.*unexpected: a.weight"),
    "shape": (changed(**{"linear_1.weight": np.zeros((4, 4))}), ShapeError, r"\(4, 4\), expected \(8, 4\)"),
    "turned": (changed(**{"linear_1.weight": np.zeros((4, 8))}), ShapeError, r"PyTorch's layout, \(outputs, inputs\)"),
    "standardised": (changed(mean=np.zeros(4), scale=np.ones(4)), DataError, "unexpected: mean, scale"),
    "text": (changed(**{"linear_1.bias": np.array(["a"] * 8)}), CutawayError, "Weights must be numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_weights_that_do_not_fit_change_nothing(name):
    state, error, message = WRONG[name]
    mine = net()
    before = export.state_dict(mine)
    with pytest.raises(error, match=message):
        mine.load_state_dict(state)
    for key, array in export.state_dict(mine).items():
        np.testing.assert_array_equal(array, before[key])


def test_half_precision_is_read():
    mine = net()
    state = {k: torch.from_numpy(v.copy()) for k, v in export.state_dict(mine).items()}
    mine.load_state_dict({k: v.bfloat16() if v.is_floating_point() else v for k, v in state.items()})
    assert np.abs(mine.params[0]["W"] - state["linear_1.weight"].numpy().T).max() < 0.01


def test_files_that_are_not_there_or_may_hold_code(tmp_path: Path):
    with pytest.raises(DataMissingError, match="no such file of weights"):
        net().load_state_dict(tmp_path / "no.safetensors")
    torch.save(net().to_torch().state_dict(), tmp_path / "net.pt")
    with pytest.raises(DataError, match=r"no safetensors file.*may hold code"):
        net().load_state_dict(tmp_path / "net.pt")


def test_no_memory_is_shared_with_a_module():
    module = nn.Sequential(nn.Linear(4, 3)).double()
    mine = ca.from_torch(module)
    before = mine.params[0]["W"].copy()
    with torch.no_grad():
        module[0].weight += 1
    np.testing.assert_array_equal(mine.params[0]["W"], before)


def test_the_advice_for_normalised_images_works():
    rng = np.random.default_rng(0)
    conv, norm = nn.Conv2d(1, 4, 3).double().eval(), nn.BatchNorm2d(4).double().eval()
    with torch.no_grad():
        norm.running_mean += torch.tensor(rng.normal(size=4))
    fused = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm)
    X = rng.normal(size=(3, 8, 8, 1))
    expected = norm(conv(torch.tensor(X).permute(0, 3, 1, 2))).permute(0, 2, 3, 1)
    found = ca.from_torch(nn.Sequential(fused), input_shape=(8, 8, 1))(X)
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-10, atol=1e-12)
