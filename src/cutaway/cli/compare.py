"""``cutaway compare``: networks of many kinds on one data set, each with several seeds, beside simpler models."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cutaway.cli.compare_progress import Progress
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
    from cutaway.data import Dataset
    from cutaway.experiments.grids.grid import Grid
    from cutaway.experiments.grids.result import Compared

MOST = 20  # configurations in the table of the terminal


def _several(kind: Any) -> Any:
    """Read one value, or several with commas between them; the option may be repeated, too."""

    def read(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> list[Any] | None:
        words = [word.strip() for value in values for word in value.split(",")]
        return [kind.convert(word, parameter, context) for word in words] or None

    return read


def _layers(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[tuple[int, ...]] | None:
    return [units for value in values if (units := layers(context, parameter, value)) is not None] or None


@click.command("compare", cls=Command, short_help="Compare networks of many kinds, each with several seeds.")
@click.argument("data", metavar="DATA")
@data_options
@option(
    "--validation",
    section="Data",
    metavar="SHARE",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.1,
    show_default=True,
    help="Share of the rows that choose the best epochs and the best network; 0 for none, and all epochs.",
)
@option(
    "--layers",
    section="Network",
    metavar="UNITS,UNITS,...",
    multiple=True,
    callback=_layers,
    help="Units of the hidden layers of one network, or none; repeat it for more.  [default: the usual ones and two "
    "simpler]",
)
@option(
    "--activation",
    section="Network",
    metavar="NAME,NAME,...",
    multiple=True,
    callback=_several(click.STRING),
    help="Of the hidden layers.  [default: relu for graphs, else gelu]",
)
@option(
    "--optimizer",
    section="Training",
    metavar="NAME,NAME,...",
    multiple=True,
    callback=_several(click.STRING),
    help="adam, adamw, sgd, rmsprop, adagrad.  [default: adam]",
)
@option(
    "--lr",
    section="Training",
    metavar="RATE,RATE,...",
    multiple=True,
    callback=_several(click.FloatRange(0, min_open=True)),
    help="Learning rates.  [default: 0.003 for adam and adamw, 0.01 on graphs, else the optimizer's own]",
)
@option(
    "--init",
    section="Network",
    metavar="NAME,NAME,...",
    multiple=True,
    callback=_several(click.STRING),
    help="First weights: he, glorot, lecun, orthogonal, ..., or a number for normal ones of that deviation.  [default: "
    "what suits the activation]",
)
@option(
    "--seeds",
    section="Training",
    metavar="N",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Networks of each kind, alike but for their seed, on the same rows.",
)
@seed_option
@epochs_option
@patience_option
@batch_size_option
@dropout_option("Training")
@schedule_option
@weight_decay_option
@loss_option
@dtype_option("Training")
@option(
    "--jobs",
    section="Training",
    metavar="N",
    type=click.IntRange(-1),
    default=1,
    show_default=True,
    help="Processes that train at once; -1 for as many as there are processors.",
)
@option(
    "--out",
    section="Output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the comparison.  [default: runs/DATA-DATE-TIME]",
)
@option(
    "--resume",
    section="Output",
    is_flag=True,
    help="Go on with the comparison in --out, if there is one; the other options must be as they were.",
)
@json_option
@option("--quiet", section="Output", is_flag=True, help="Print the folder of the comparison and nothing else.")
@option("--no-progress", section="Output", is_flag=True, help="Show no progress bar, even in a terminal.")
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
    jobs: int,
    out: Path | None,
    resume: bool,
    as_json: bool,
    quiet: bool,
    no_progress: bool,
    **choices: Any,
) -> int:
    """Compare networks on DATA: every combination of the choices, each with several seeds, on the same rows.

    DATA is a name from `cutaway data list`, or the path of a .csv or .npz file. Networks of equal shape are trained
    together. The rows held out choose nothing: the validation rows choose the best epochs and the best network. The
    folder gets a line for each network as it comes, pictures and report.html; Ctrl-C keeps what there is.
    """
    from cutaway.cli import INTERRUPTED
    from cutaway.errors import UsageError
    from cutaway.experiments import default_folder
    from cutaway.experiments.grids.folder import summary, write
    from cutaway.experiments.grids.grid import Grid
    from cutaway.experiments.grids.run import compare

    if jobs == 0:
        raise UsageError("--jobs must be 1 or more, or -1 for all processors", received="0")
    if resume and out is None:
        raise UsageError("--resume goes on with the comparison in a folder", instead="Name it with --out DIR")
    choices = {"test": test_size, **choices}
    grid = Grid.of(**choices)
    folder = out or default_folder(data)
    seed = grid.base.seed
    rows = rows_of(data, target=target, ignore=ignore, task=task, n_samples=n_samples, noise=noise, seed=seed)
    silent = as_json or quiet
    typed = shlex.join(["cutaway", *context.obj])
    if not silent:
        _before(rows, grid)
    with Progress(wanted=not (quiet or no_progress)) as progress:
        try:
            found = compare(rows, **choices, folder=folder, resume=resume, jobs=jobs, watcher=progress, command=typed)
            progress.drawing()
            write(found, command=typed)
        except KeyboardInterrupt:  # before a configuration was done, or for a second time
            progress.close()
            if not folder.is_dir():
                raise
            click.echo(f"Interrupted; no report was written. {_again(typed, out, folder, resume)}", err=True)
            return INTERRUPTED
    if as_json:
        print_json({**summary(found), "run": str(folder)})
    elif quiet:
        click.echo(folder)
    else:
        _after(found, folder)
    if found.interrupted:
        click.echo(_again(typed, out, folder, resume), err=True)
    return INTERRUPTED if found.interrupted else 0


def _again(typed: str, out: Path | None, folder: Path, resume: bool) -> str:
    """Say how to go on."""
    words = [typed, *([] if out else [f"--out {shlex.quote(str(folder))}"]), *([] if resume else ["--resume"])]
    return f"To go on: {' '.join(words)}"


def _before(data: Dataset, grid: Grid) -> None:
    """Say what is going to be compared, on what."""
    from cutaway.experiments import divide, words
    from cutaway.experiments.grids.grid import AXES, varying

    own = grid.configurations(data)
    settings = own[0].settings(grid.base).resolved(data)
    split = divide(data, settings)
    same = [name for name in AXES if name not in varying(own) and name != "init"]
    networks = f"{words.counted(len(own), 'configuration')}, {words.counted(grid.base.seeds, 'seed')} each"
    facts(
        [
            *data_facts(data, split),
            ("networks", f"{networks}; all with {own[0].words(same)}" if same else networks),
            ("", words.stopping_line(settings)),
        ]
    )


def _after(found: Compared, folder: Path) -> None:
    """Print the table and what can be claimed."""
    from cutaway.experiments import words
    from cutaway.experiments.folder import REPORT

    cells = found.cells()
    n, count = len(found.baseline_scores), len(found.rows)
    shown = [*cells[: min(count, MOST)], *cells[-n:]]
    click.echo()
    show(table(found.head(), shown, strong=0))
    if count > MOST:
        click.echo(f"The best {MOST} of {count} by the validation rows; the report has all.")
    click.echo()
    for sentence in found.claims.sentences():
        paragraph(sentence)
    for caution in found.cautions:
        paragraph(caution, style="yellow")
    click.echo()
    some = f"; {found.before:,} were there, the others" if found.before else ""
    paragraph(f"{words.counted(len(found.records), 'network')}{some} in {found.seconds:.1f} s.")
    click.echo(f"Written to {folder}; open {folder / REPORT} in a browser.")
