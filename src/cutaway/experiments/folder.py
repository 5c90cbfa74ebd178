"""A run as a folder: weights, description, history, pictures and a report, readable by people and by programs.

Nothing in it is code. Files are written beside their places first and then moved there, one right after the other, so
that whoever looks meanwhile finds the old run or the new one.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from cutaway._version import __version__
from cutaway.errors import CutawayError, DataError, DataMissingError, UsageError
from cutaway.experiments.run import Run, Trained
from cutaway.nn.saving import to_json as architecture
from cutaway.train.history import csv_lines

FORMAT = "cutaway run 1"
DESCRIPTION, WEIGHTS, HISTORY, REPORT = "network.json", "model.safetensors", "history.csv", "report.html"


def default_folder(name: str, root: str | Path = "runs") -> Path:
    """Return a folder that is not there yet for a run of the data set of this name: ``runs/moons-20260131-142500``."""
    safe = re.sub(r"[^\w.-]+", "-", name).strip("-.") or "data"
    stem = f"{safe[:60]}-{datetime.now():%Y%m%d-%H%M%S}"
    names = [stem, *(f"{stem}-{i}" for i in range(2, 1000))]
    return next(path for path in (Path(root) / n for n in names) if not path.exists())


def check_folder(folder: str | Path) -> Path:
    """Return the path if a run can be written there: a folder that is empty, missing, or holds an earlier run.

    Raises
    ------
    UsageError
        If it is a file, a folder of something else, or not to be written to.
    """
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise UsageError("A run is written to a folder", received=f"{path}, a file", instead="Name another folder")
    if path.is_dir() and any(path.iterdir()) and not (path / DESCRIPTION).is_file():
        raise UsageError(
            f"{path} holds files that are not those of a run, and is left alone",
            instead="Name a folder that is empty, that is not there yet, or of an earlier run",
        )
    if (path / DESCRIPTION).is_file():
        try:
            describe(path)
        except DataError as error:
            raise UsageError(
                f"{path} holds a {DESCRIPTION} that is not that of a run, and is left alone",
                instead="Name another folder",
            ) from error
    nearest = next(p for p in (path, *path.absolute().parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK):
        raise UsageError(f"The folder {path} cannot be written", received=f"{nearest} is not open to you")
    return path


def write(run: Run, folder: str | Path | None = None, *, command: str | None = None) -> Path:
    """Write a run to a folder and return its path.

    Parameters
    ----------
    run : Run
    folder : str or path, optional
        By default a new folder in ``runs``. The files of an earlier run are replaced; other files are kept.
    command : str, optional
        What was typed, for the description and the report.

    Raises
    ------
    UsageError
        If the folder holds something else, or cannot be written to.
    """
    from cutaway import plots
    from cutaway.experiments.figures import figures
    from cutaway.experiments.report import report

    path = default_folder(run.data.name) if folder is None else Path(folder)
    check_folder(path)
    old = describe(path)["files"] if (path / DESCRIPTION).is_file() else []
    staging, new = path / f".writing-{uuid4().hex[:12]}", not path.exists()
    try:
        staging.mkdir(parents=True)
        run.kept.network.save(staging / WEIGHTS)
        (staging / HISTORY).write_text(history_table(run), encoding="utf-8", newline="\n")
        pictures = []
        for picture in figures(run):
            pictures.append((picture, plots.save(picture.figure, staging / f"{picture.name}.png")))
        description = _description(run, command)
        page = report(run, description, [(p, file.read_bytes()) for p, file in pictures], path)
        (staging / REPORT).write_text(page, encoding="utf-8", newline="\n")
        names = sorted([*(file.name for file in staging.iterdir()), DESCRIPTION])
        text = json.dumps({**description, "files": names}, indent=1, allow_nan=False) + "\n"
        (staging / DESCRIPTION).write_text(text, encoding="utf-8", newline="\n")
        for name in names:
            os.replace(staging / name, path / name)
        for name in set(old) - set(names):
            (path / Path(name).name).unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, CutawayError):
            raise
        raise UsageError(f"The run cannot be written to {path}", received=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if new:
            with suppress(OSError):
                path.rmdir()  # which it refuses unless nothing was written
    return path


def describe(folder: str | Path) -> dict[str, Any]:
    """Return the description of a run: what `write` put into its ``network.json``.

    Raises
    ------
    DataMissingError
        If there is no such folder, or no run in it.
    DataError
        If the description cannot be read.
    """
    path = Path(folder)
    if not path.is_dir():
        raise DataMissingError(
            "There is no such run", received=repr(str(path)), instead="Name a folder of cutaway train"
        )
    if not (path / DESCRIPTION).is_file():
        raise DataMissingError(
            "This folder holds no run", received=repr(str(path)), instead=f"Name one with a {DESCRIPTION} in it"
        )
    try:
        found = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path / DESCRIPTION} cannot be read", received=str(error)[:100]) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        received = found.get("format") if isinstance(found, dict) else type(found).__name__
        raise DataError(
            f"{path / DESCRIPTION} is no description that this cutaway can read",
            received=repr(received)[:60],
            instead=f"It must be marked {FORMAT!r}; train again, or use the version that wrote it",
        )
    return found


def results(run: Run) -> dict[str, Any]:
    """Return what a run found out, for JSON: data, network, baselines and what can be claimed."""
    split, kept = run.split, run.kept
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    return {
        "data": {**run.data.summary(), "split": {k: len(v) if v else 0 for k, v in parts.items()}},
        "network": {
            "layers": [repr(layer) for layer in kept.network.layers],
            "parameters": kept.network.n_params,
            "test": run.network_scores,
            "seeds": [_seed(t) for t in run.networks],
            "left_out": [_seed(t) for t in run.left_out],
            "kept": {"seed": kept.seed, "why": why_kept(run)},
            "seconds": round(run.seconds, 3),
            "interrupted": run.interrupted,
        },
        "baselines": {name: {"test": found} for name, found in run.baseline_scores.items()},
        "comparison": {c.baseline: c.to_json() for c in run.comparisons},
        "sentence": " ".join(run.sentences),
        "notes": run.notes,
        "settings": run.settings.to_json(),
    }


def why_kept(run: Run) -> str:
    """Say why this network of several is the one that was written."""
    if len(run.networks) == 1:
        return "the only one" + (" that counts" if run.left_out else "")
    if run.kept.validated:
        return "the lowest loss on the validation rows"
    return "the first, as there are no validation rows to choose by"


def history_table(run: Run) -> str:
    """Return the records of all networks as CSV, with the seed of each in the first column."""
    every = [*run.networks, *run.left_out]
    columns = list(dict.fromkeys(name for t in every for name in t.history.columns))
    rows: list[Sequence[Any]] = [
        [t.seed, *(record.get(name, "") for name in columns)] for t in every for record in t.history
    ]
    return csv_lines([["seed", *columns], *rows])


def _seed(trained: Trained) -> dict[str, Any]:
    history = trained.history
    best = history.best("val_loss")["val_loss"] if trained.validated else None
    return {
        "seed": trained.seed,
        "epochs": len(history),
        "stopped": history.stopped,
        "best_epoch": trained.best_epoch,
        "best_val_loss": best if best is not None and math.isfinite(best) else None,
        "test": trained.scores,
        "notes": history.notes,
    }


def _description(run: Run, command: str | None) -> dict[str, Any]:
    import numpy

    return {
        "format": FORMAT,
        "created": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": command,
        "versions": {"cutaway": __version__, "numpy": numpy.__version__, "python": platform.python_version()},
        "architecture": architecture(run.kept.network),
        "schema": run.data.schema.to_json(),
        "standardizer": run.standardizer and run.standardizer.to_json(),
        "seeds": {"split": run.settings.seed, "networks": [t.seed for t in run.networks], "kept": run.kept.seed},
        "results": results(run),
    }
