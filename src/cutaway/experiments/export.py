"""A saved run for other tools: files that need nothing of cutaway, and take rows as they were measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cutaway.errors import DataError, one_of
from cutaway.experiments.saved import SavedRun
from cutaway.experiments.settings import Settings
from cutaway.files import replacing
from cutaway.nn.losses import find_loss
from cutaway.train.training import Training

TARGETS = {
    "torch": ("network_torch.py", "PyTorch source, and beside it the weights as safetensors"),
    "torch-source": ("network_torch.py", "PyTorch source: module and training loop"),
    "onnx": ("network.onnx", "an ONNX file"),
    "safetensors": ("network_torch.safetensors", "the weights by PyTorch's names"),
}
"""What a run can be exported to: the usual name of the file, and what it is."""


def export(run: SavedRun, to: str, out: str | Path | None = None) -> list[Path]:
    """Write the network of a run for another tool; return the files.

    Parameters
    ----------
    run : SavedRun
    to : {"torch", "torch-source", "onnx", "safetensors"}
    out : path, optional
        The file; by default one in the folder of the run. With ``"torch"`` the weights go beside it, under the same
        name with the ending ``.safetensors``.

    Notes
    -----
    The standardisation of the run is a part of every one of them. Nothing is pickled: ``torch.save`` would be, and
    needs PyTorch, which these files can be written without.

    Raises
    ------
    UsageError
        If there is no such target, or the file cannot be written.
    MissingPackageError
        If the package onnx is needed and not installed.
    """
    if to not in TARGETS:
        raise one_of(to, TARGETS, name="The target")
    path = run.folder / TARGETS[to][0] if out is None else Path(out)
    if to == "onnx":
        from cutaway.export.onnx import save

        save(run.network, path, standardizer=run.standardizer, class_names=run.classes)
        return [path]
    if to == "safetensors":
        _write_weights(run, path)
        return [path]
    weights = path.with_suffix(".safetensors")
    if weights == path:
        path = path.with_suffix(".py")
    _write_source(run, path, _plain(weights.name))
    if to == "torch-source":
        return [path]
    _write_weights(run, weights)
    return [path, weights]


def training_of(run: SavedRun) -> Training:
    """How the network of a run was trained, from its description; DataError if that lacks something."""
    try:
        results = run.description["results"]
        settings, n = results["settings"], int(results["data"]["split"]["train"])
        rule = Settings(**{name: settings[name] for name in ("optimizer", "lr", "schedule", "weight_decay")}).rule()
        batch = int(settings["batch_size"] or 0) or n
        return Training(
            find_loss(settings["loss"]),
            rule,
            epochs=int(settings["epochs"]),
            batch_size=min(batch, n),
            n_samples=n,
            seed=int(run.description["seeds"]["kept"]),
        )
    except (KeyError, TypeError) as error:
        raise DataError(
            f"The description of the run {run.folder} is incomplete", received=f"{type(error).__name__}: {error}"
        ) from error


def _write_source(run: SavedRun, path: Path, weights: str) -> None:
    from cutaway.export.torch import source

    text = source(
        run.network, training=training_of(run), standardizer=run.standardizer, weights=weights, notes=_told(run)
    )
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _write_weights(run: SavedRun, path: Path) -> None:
    from safetensors.numpy import save

    from cutaway.export.torch import state_dict

    arrays = {k: np.ascontiguousarray(a) for k, a in state_dict(run.network, standardizer=run.standardizer).items()}
    data = save(arrays, metadata={"format": "pt"})
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def _told(run: SavedRun) -> list[str]:
    """What a reader of the source must know about inputs and outputs."""
    target = run.schema.target
    names = ", ".join(_plain(name) for name in run.schema.feature_names)
    lines = [f"Columns of the input: {names}."]
    if target.task == "binary":
        lines.append(f"The output is the probability of {_plain(target.classes[1])} (0: {_plain(target.classes[0])}).")
    elif target.classes:
        lines.append(f"The outputs are the probabilities of {', '.join(map(_plain, target.classes))}.")
    else:
        lines.append(
            f"The output is {_plain(target.name)}, in its own unit; it was trained on the standardised target."
        )
    lines.append("The run ended earlier if its validation loss stopped falling; train() does all epochs.")
    return [part for line in lines for part in _wrapped(line)]


def _plain(text: str) -> str:
    """A name from somebody's table as it may stand in a docstring."""
    safe = "".join(c if c.isprintable() and c not in "\"'\\" else "_" for c in text)
    return safe[:60]


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 110)
