"""Without PyTorch a network is still written down: source and weights need only NumPy; modules say what is missing."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import numpy as np
import cutaway as ca

sys.modules["torch"] = None  # as if it were not installed
net = ca.Network([ca.Conv2D(2, 3), ca.Flatten(), ca.Dense(1, "sigmoid")]).build((5, 5))
text = ca.export.torch.source(net)
compile(text, "network.py", "exec")
print(sorted(ca.export.torch.state_dict(net)))
net.load_state_dict(ca.export.torch.state_dict(net))
print("torch.tanh(x)" in ca.export.torch.source(ca.trace(lambda x: np.tanh(x), np.ones(3))))
for call in (net.to_torch, lambda: ca.export.torch.module(np.sin, np.ones(3)), lambda: ca.from_torch(None)):
    try:
        call()
    except ca.errors.MissingPackageError as error:
        print(error)
"""


def test_source_and_weights_need_no_torch_and_modules_say_so() -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    first, *rest = done.stdout.splitlines()
    assert first == "['conv_1.bias', 'conv_1.weight', 'linear_1.bias', 'linear_1.weight']"
    assert rest == ["True", *["PyTorch is not installed. pip install torch."] * 3]


def test_importing_the_export_loads_no_torch() -> None:
    program = "import sys, cutaway.export.torch; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
