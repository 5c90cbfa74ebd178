"""Files that PyTorch writes: networks of all kinds are read, and give PyTorch's numbers."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway as ca

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytestmark = [pytest.mark.onnx, pytest.mark.torch]

nn = torch.nn


class Last(nn.Module):
    """A recurrent layer and a dense one on its last step."""

    def __init__(self, layer: Any, units: int) -> None:
        super().__init__()
        self.layer, self.dense = layer, nn.Linear(units, 2)

    def forward(self, x: Any) -> Any:
        return self.dense(self.layer(x)[0][:, -1])


class Residual(nn.Module):
    """Depthwise and transposed convolutions, group normalisation, a way around, and averages at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.each = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4)
        self.norm = nn.GroupNorm(2, 4)
        self.up = nn.ConvTranspose2d(4, 3, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x: Any) -> Any:
        x = nn.functional.silu(self.first(x))
        x = x + nn.functional.gelu(self.norm(self.each(x)))
        return nn.functional.adaptive_avg_pool2d(nn.functional.leaky_relu(self.up(x)), 1).flatten(1)


class Attention(nn.Module):
    """Self-attention with a residual and a normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.attention, self.norm = nn.MultiheadAttention(8, 2, batch_first=True), nn.LayerNorm(8)

    def forward(self, x: Any) -> Any:
        return self.norm(x + self.attention(x, x, x)[0])


def networks() -> dict[str, tuple[Any, tuple[int, ...]]]:
    return {
        "dense": (nn.Sequential(nn.Linear(4, 8), nn.ELU(), nn.LayerNorm(8), nn.Linear(8, 3), nn.Softmax(-1)), (4,)),
        "convolution": (
            nn.Sequential(
                *(nn.Conv2d(1, 4, 3, stride=2), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)),
                *(nn.Flatten(), nn.Dropout(), nn.Linear(16, 3), nn.LogSoftmax(-1)),
            ),
            (1, 9, 9),
        ),
        "residual": (Residual(), (2, 6, 5)),
        "signal": (nn.Sequential(nn.Conv1d(2, 3, 4), nn.PReLU(), nn.AvgPool1d(2), nn.Hardswish()), (2, 11)),
        "rnn": (Last(nn.RNN(3, 5, num_layers=2, batch_first=True), 5), (4, 3)),
        "gru": (Last(nn.GRU(3, 5, batch_first=True, bidirectional=True), 10), (4, 3)),
        "lstm": (Last(nn.LSTM(3, 5, num_layers=2, batch_first=True), 5), (4, 3)),
        "attention": (Attention(), (5, 8)),
    }


@pytest.mark.parametrize("name", networks())
def test_a_file_of_pytorch_gives_its_numbers(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    module, shape = networks()[name]
    module = module.eval()
    for state in module.modules():
        if isinstance(state, nn.BatchNorm2d):
            state.running_mean.uniform_(-1, 1)
            state.running_var.uniform_(0.5, 2)
    example = torch.randn(2, *shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the exporter, about itself
        torch.onnx.export(
            module,
            (example,),
            tmp_path / "m.onnx",
            dynamo=False,
            input_names=["x"],
            dynamic_axes={"x": {0: "n"}},
        )
    program = ca.from_onnx(tmp_path / "m.onnx")
    for n in (2, 5):
        x = torch.randn(n, *shape)
        with torch.no_grad():
            expected = module(x).numpy()
        np.testing.assert_allclose(program(x.numpy()), expected, rtol=1e-4, atol=1e-5)
    X = example.numpy()
    (found,) = ca.run(ca.trace(program, X), X)
    np.testing.assert_allclose(found, program(X), rtol=1e-5, atol=1e-6)
