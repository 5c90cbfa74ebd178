"""``cutaway train``: networks on a data set, measured on held-out rows beside simpler models."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cutaway.cli.options import Command, debug_option, json_option, layers, option
from cutaway.cli.output import facts, paragraph, print_json, show, table
from cutaway.cli.training_options import (
    batch_size_option,
    data_facts,
    data_options,
    dropout_option,
    dtype_option,
    epochs_option,
    loss_option,
    patience_option,
    rows_of,
    schedule_option,
    seed_option,
    weight_decay_option,
)

if TYPE_CHECKING:
    from cutaway.data import Dataset, Split
    from cutaway.experiments import Run, Settings

POSITIVE = click.FloatRange(0, min_open=True)


@click.command("train", cls=Command, short_help="Train networks and compare them with simpler models.")
@click.argument("data", metavar="DATA")
@data_options
@option(
    "--validation",
    section="Data",
    metavar="SHARE",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.1,
    show_default=True,
    help="Share of the rows that early stopping looks at; 0 for none, and all epochs.",
)
@option(
    "--layers",
    section="Network",
    metavar="UNITS,UNITS,...",
    callback=layers,
    help="Units of the hidden layers, or none.  [default: 16,32 for points in the plane, 256 for images, "
    "16 for graphs, else 64]",
)
@option(
    "--activation",
    section="Network",
    metavar="NAME",
    help="Of the hidden layers: gelu, relu, tanh, sigmoid, elu, leaky_relu, silu, softplus, identity, step or "
    "softmax.  [default: relu for graphs, else gelu]",
)
@dropout_option("Network")
@dtype_option("Network")
@loss_option
@option(
    "--optimizer",
    section="Training",
    metavar="NAME",
    default="adam",
    show_default=True,
    help="adam, adamw, sgd, rmsprop or adagrad.",
)
@option(
    "--lr",
    section="Training",
    metavar="RATE",
    type=POSITIVE,
    help="Learning rate.  [default: 0.003 for adam and adamw, 0.01 on graphs, else the optimizer's own]",
)
@schedule_option
@weight_decay_option
@epochs_option
@patience_option
@batch_size_option
@option(
    "--seeds",
    section="Training",
    metavar="N",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Number of networks, alike but for their seed, on the same rows.",
)
@seed_option
@option(
    "--out",
    section="Output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the run; the files of an earlier run are replaced.  [default: runs/DATA-DATE-TIME]",
)
@json_option
@option("--quiet", section="Output", is_flag=True, help="Print the folder of the run and nothing else.")
@option("--no-progress", section="Output", is_flag=True, help="Show no progress bars, even in a terminal.")
@debug_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    data: str,
    target: str | None,
    ignore: tuple[str, ...],
    task: str | None,
    n_samples: int | None,
    noise: float | None,
    test_size: float,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    no_progress: bool,
    **choices: Any,
) -> int:
    """Train networks on DATA and compare them with simpler models on held-out rows.

    DATA is a name from `cutaway data list`, or the path of a .csv or .npz file. The nodes of a graph (cora, karate)
    keep the parts that were published for them. The run is written to a folder with the weights, a description, the
    history, pictures and report.html.
    """
    from cutaway import experiments
    from cutaway.cli import INTERRUPTED
    from cutaway.cli.progress import Progress

    settings = experiments.Settings(test=test_size, **choices)
    if out is not None:
        experiments.check_folder(out)
    seed = settings.seed
    rows = rows_of(data, target=target, ignore=ignore, task=task, n_samples=n_samples, noise=noise, seed=seed)
    settings = settings.resolved(rows)
    silent = as_json or quiet
    split = experiments.divide(rows, settings)
    if not silent:
        _before(rows, settings, split)
    with Progress(settings.seeds, settings.seed, wanted=not (quiet or no_progress)) as progress:
        run = experiments.train(rows, settings, split=split, listeners=progress.listeners)
        folder = experiments.write(run, out, command=_command_line(context))
    if as_json:
        print_json({**experiments.results(run), "run": str(folder)})
    elif quiet:
        click.echo(folder)
    else:
        _after(run, folder)
    return INTERRUPTED if run.interrupted else 0


def _before(data: Dataset, settings: Settings, split: Split) -> None:
    """Say what is going to be trained, on what."""
    from cutaway.experiments import words

    facts(
        [
            *data_facts(data, split),
            ("network", f"{words.network_line(settings, data)}; {words.optimizer_line(settings)}"),
            ("", words.stopping_line(settings)),
            ("seeds", words.seeds_line(settings, data)),
        ]
    )


def _after(run: Run, folder: Path) -> None:
    """Print the table and what can be claimed."""
    from cutaway.experiments import words
    from cutaway.experiments.folder import why_kept
    from cutaway.experiments.scores import TITLES

    metrics = list(run.network_scores)
    ours = [words.plus_minus(run.network_scores[m]) for m in metrics]
    rows = [[f"network, {words.counted(len(run.networks), 'seed')}", *ours]]
    rows += [
        [name.replace("_", " "), *(words.number(v[m]) for m in metrics)] for name, v in run.baseline_scores.items()
    ]
    head = [f"on {words.counted(len(run.split.test), 'held-out row')}", *(TITLES[m] for m in metrics)]
    click.echo()
    show(table(head, rows, strong=0))
    click.echo()
    for sentence in run.sentences:
        paragraph(sentence)
    for caution in words.cautions(run):
        paragraph(caution, style="yellow")
    click.echo()
    kept = f"the network of seed {run.kept.seed} ({why_kept(run)})"
    paragraph(f"Training took {run.seconds:.1f} s. model.safetensors holds {kept}.")
    click.echo(f"Written to {folder}; open {folder / 'report.html'} in a browser.")


def _command_line(context: click.Context) -> str:
    """Return what was typed, as it can be typed again."""
    return shlex.join(["cutaway", *context.obj])
