"""An exported network trains in several processes: PyTorch's DistributedDataParallel averages their gradients.

`python examples/torch_distributed.py` starts two processes on this machine with torchrun, each with half of every
batch, and compares the gradient with that of a single process. The same file runs on many machines:
`torchrun --nnodes ... examples/torch_distributed.py`. Needs PyTorch.
"""

import os
import subprocess
import sys

import numpy as np

import cutaway as ca

try:
    import torch
    import torch.distributed as dist
    from torch.nn.parallel import DistributedDataParallel
except ImportError:
    raise SystemExit("This example needs PyTorch: pip install torch") from None

STEPS, RATE = 300, 1.0


def task():
    """The data, and a network whose weights are the same in every process: the seed draws them."""
    data = ca.data.load("moons", n_samples=400, noise=0.2, seed=0)
    net = ca.Network([ca.Dense(16, "tanh"), ca.Dense(1, "sigmoid")], seed=1, dtype="float64").build(2)
    return net, torch.tensor(data.X), torch.tensor(data.y[:, None], dtype=torch.float64)


def gradient(module, X, y):
    """The loss of these rows, and its gradient as one vector."""
    module.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy(module(X), y)
    loss.backward()
    return loss, torch.cat([p.grad.flatten() for p in module.parameters()])


def worker():
    """One of the processes: it sees its own share of the rows."""
    dist.init_process_group("gloo")
    try:
        rank, count = dist.get_rank(), dist.get_world_size()
        net, X, y = task()
        module = DistributedDataParallel(net.to_torch().train())
        mine = slice(rank, None, count)
        _, shared = gradient(module, X[mine], y[mine])
        _, alone = gradient(net.to_torch().train(), X, y)
        difference = (shared - alone).abs().max().item()

        optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
        for _ in range(STEPS):
            gradient(module, X[mine], y[mine])
            optimizer.step()
        if rank == 0:
            net.load_state_dict(module.state_dict())  # the trained weights, back in cutaway
            accuracy = np.mean(net.predict(X.numpy()) == y[:, 0].numpy())
            print(f"{count} processes: the gradient is that of one to 1e-12: {difference < 1e-12}")
            print(f"accuracy after {STEPS} steps: {accuracy:.3f}")
        dist.barrier()
    finally:
        dist.destroy_process_group()


def launch(processes=2):
    """Run this file under torchrun on this machine alone."""
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    command += ["--nnodes=1", "--rdzv-backend=c10d", "--rdzv-endpoint=localhost:0", __file__]
    here = {"OMP_NUM_THREADS": "1"} | ({"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {})
    subprocess.run(command, env={**here, **os.environ}, check=True)


if __name__ == "__main__":
    if "RANK" in os.environ:  # torchrun started this one
        worker()
        # PyTorch 2.13 keeps gloo's threads beside a DDP module even after `destroy_process_group`, and an interpreter
        # that is torn down while one of them lets go of a tensor aborts, now and then. All is done: end without that.
        sys.stdout.flush()
        os._exit(0)
    else:
        launch()
