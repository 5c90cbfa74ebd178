"""The report of a run: what was trained, on what, how well, and how to use it again, on one page for people."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from cutaway.data import GraphDataset, catalogue
from cutaway.experiments import words
from cutaway.experiments.figures import Picture
from cutaway.experiments.page import code, facts, page, picture, pictures, section, table
from cutaway.experiments.run import Run
from cutaway.experiments.scores import TITLES
from cutaway.nn.summary import rows as layer_rows


def report(run: Run, description: dict[str, Any], drawn: Sequence[tuple[Picture, bytes]], folder: Path) -> str:
    """Return the page.

    Parameters
    ----------
    run : Run
    description : dict
        As it is written to ``network.json``.
    drawn : sequence of (Picture, bytes)
        Each picture with its PNG.
    folder : Path
        Of the run, for the examples of use.
    """
    shown = {p.name: picture(png, p.title, p.caption) for p, png in drawn}
    compared, curves, data = (shown.pop(name, "") for name in ("comparison", "curves", "data"))
    return page(
        f"{run.data.name} · cutaway",
        [
            _header(run, description),
            _result(run, pictures(compared)),
            section("What it decides", pictures(*shown.values())),
            section("How it was trained", pictures(curves), _training(run, description)),
            section("What it was trained on", pictures(data), _data(run)),
            section("Use it again", _use(run, folder)),
            _footer(description),
        ],
    )


def _header(run: Run, description: dict[str, Any]) -> str:
    about = run.data.description
    command = f"<p><code>{escape(description['command'])}</code></p>" if description["command"] else ""
    return (
        f'<header><p class="brand">cutaway</p><h1>{escape(run.data.name)}</h1>'
        f"<p>{escape(about[:1].upper() + about[1:])}</p>{command}</header>\n"
    )


def _result(run: Run, compared: str) -> str:
    found = run.network_scores[run.metric]
    spread = f" <small>± {found['std']:.3f}</small>" if found["std"] is not None else ""
    rows = words.counted(len(run.split.test), "held-out row")
    several = len(run.networks) > 1
    who = f"mean and spread of {len(run.networks)} networks with different seeds" if several else "of one network"
    number = (
        f'<div class="score"><div class="number">{found["mean"]:.3f}{spread}</div>'
        f'<div class="quiet">{TITLES[run.metric]} on {rows}, {who}</div></div>'
    )
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in run.sentences)
    cautions = "".join(f'<p class="caution">{escape(text)}</p>' for text in words.cautions(run))
    headline = f'<div class="headline">{number}<div class="words">{said}</div></div>'
    return f"<section>{cautions}{headline}{_scores(run)}{compared}</section>\n"


def _scores(run: Run) -> str:
    metrics = list(run.network_scores)
    ours = [words.plus_minus(run.network_scores[m]) for m in metrics]
    rows = [(f"network ({words.counted(len(run.networks), 'seed')})", *ours)]
    rows += [
        (name.replace("_", " "), *(words.number(v[m]) for m in metrics)) for name, v in run.baseline_scores.items()
    ]
    caption = "All models were asked about the same rows, which none of them had seen. ± is the standard deviation."
    return table(["", *(TITLES[m] for m in metrics)], rows, caption=caption, first="ours")


def _training(run: Run, description: dict[str, Any]) -> str:
    settings, kept = run.settings, run.kept
    every = [*run.networks, *run.left_out]
    pairs = {
        "network": words.network_line(settings, run.data),
        "optimizer": words.optimizer_line(settings),
        "loss": str(settings.loss).replace("_", " "),
        "batches": words.counted(settings.batch_size, "row") if settings.batch_size else "all rows at once",
        "epochs": words.stopping_line(settings),
        "seeds": words.seeds_line(settings, run.data),
        "time": f"{run.seconds:.1f} s for {words.counted(len(every), 'network')}, in {settings.dtype}",
    }
    layers = table(
        ["layer", "output", "parameters"],
        layer_rows(kept.network),
        caption=f"The network has {words.counted(kept.network.n_params, 'parameter')}.",
    )
    rows = [
        (
            f"{t.seed}{' (kept)' if t is kept else ''}",
            f"{len(t.history)}",
            f"{t.best_epoch}",
            str(t.history.stopped),
            f"{t.history.best('val_loss')['val_loss']:.4f}" if t.validated else "",
            f"{t.scores[run.metric]:.3f}" if t.scores else "",
        )
        for t in every
    ]
    why = description["results"]["network"]["kept"]["why"]
    seeds = table(
        ["seed", "epochs", "best epoch", "ended by", "validation loss", f"held-out {TITLES[run.metric]}"],
        rows,
        caption=f"model.safetensors holds the network of seed {kept.seed}: {why}.",
    )
    return facts(pairs) + layers + seeds


def _data(run: Run) -> str:
    data, split = run.data, run.split
    parts = [(split.train, "to train"), (split.validation, "to validate"), (split.test, "held out")]
    shares = ", ".join(f"{len(part):,} {word}" for part, word in parts if part)
    if data.n_classes:
        counts = data.summary()["class_counts"].items()
        target = words.listed(f"{name} ({count:,})" for name, count in counts)
    else:
        target = f"a number from {data.y.min():g} to {data.y.max():g}"
    graph = isinstance(data, GraphDataset)
    drawn = "; each class has its share in each part" if data.n_classes else ""
    pairs = {
        "source": data.source,
        "nodes" if graph else "rows": f"{len(data):,}: {shares}{', as they were published' if graph else drawn}",
        "features": f"{data.X.shape[1]:,}: {words.listed(data.feature_names)}",
        "target": f"{data.target_name}: {target}",
        "standardised": words.standardised_line(data),
    }
    if isinstance(data, GraphDataset):
        pairs["edges"] = f"{data.n_edges:,}, which the network is told, and the simpler models are not"
        pairs["simpler models"] = "fitted on the features of the same training nodes as the network"
    elif split.validation:
        pairs["simpler models"] = "fitted on the training and the validation rows: they need none to stop by"
    return facts(pairs)


def _use(run: Run, folder: Path) -> str:
    same = "of the same nodes" if isinstance(run.data, GraphDataset) else "or another table with the same columns"
    name, own = str(folder), run.data.source.removeprefix("file ")
    table_name = run.data.name if run.data.name in catalogue() and own == run.data.source else own
    classes = bool(run.data.n_classes)
    python = (
        "from cutaway import experiments\n\n"
        f"run = experiments.read({name!r})\n"
        f"rows = run.rows({table_name!r})  # {same}\n"
        f"print(run.predict(rows.X)[:5])  # {'the class' if classes else run.data.target_name} of each row\n"
        + ("print(run.predict_proba(rows.X)[:5])  # the probability of each class\n" if classes else "")
    )
    arrays = (
        "from safetensors.numpy import load_file\n\n"
        f"for name, array in load_file({str(folder / 'model.safetensors')!r}).items():\n"
        "    print(name, array.shape, array.dtype)\n"
    )
    given = "Features are given as they are" + (", and standardised as in training" if run.standardizer else "")
    shell = f"cutaway predict {shlex.quote(name)} {shlex.quote(table_name)} --out predictions.csv"
    return (
        f"<p>In a terminal, in the folder where this run was made:</p>{code(shell, 'shell')}"
        f"<p>In Python. {given}:</p>{code(python, 'python')}"
        f"<p>The weights are plain arrays, for any other program:</p>{code(arrays, 'python')}"
    )


def _footer(description: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in description["versions"].items())
    when = description["created"].replace("T", " ")
    return (
        f"<footer>{escape(when)}, with {escape(versions)}. The same command gives the same numbers on the same machine "
        "with the same versions.</footer>\n"
    )
