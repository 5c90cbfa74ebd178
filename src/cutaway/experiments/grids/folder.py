"""The folder of a comparison: results as they came, networks, pictures, a description, and a report for people.

`results.jsonl` is written while the comparison runs; everything else is made from it, again after each part.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from cutaway._version import __version__
from cutaway.experiments import words
from cutaway.experiments.figures import Picture
from cutaway.experiments.folder import REPORT
from cutaway.experiments.grids.claims import Row
from cutaway.experiments.grids.grid import AXES, Configuration
from cutaway.experiments.grids.log import RESULTS
from cutaway.experiments.grids.result import Compared
from cutaway.experiments.page import code, facts, page, picture, pictures, section, table
from cutaway.files import replacing

SUMMARY = "comparison.json"
CRITERION = (
    "A difference between two configurations is taken seed by seed and row by row, for all networks of one seed saw "
    "the same rows in the same order. It is claimed if its mean is larger than the standard deviation of the "
    "differences between seeds, and than two standard errors over the held-out rows. Of twenty differences that are "
    "none, the second of these alone lets about one pass."
)


def network_path(folder: Path, configuration: Configuration) -> Path:
    """Return the file of the best network of a configuration."""
    text = configuration.words(AXES).replace(",", "-")
    return folder / "networks" / (re.sub(r"[^\w.+-]+", "_", text) + ".safetensors")


def summary(found: Compared) -> dict[str, Any]:
    """Return what a comparison found out, for JSON: the same as ``cutaway compare --json`` prints."""
    split, claims = found.parts.split, found.claims
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    metrics = list(next(iter(found.baseline_scores.values())))
    return {
        "data": {**found.data.summary(), "split": {k: len(v) if v else 0 for k, v in parts.items()}},
        "configurations": [_row(found, row, metrics) for row in found.rows],
        "baselines": {name: {"test": own} for name, own in found.baseline_scores.items()},
        "lead": claims.lead.configuration.to_json(),
        "simplest": claims.simplest.configuration.to_json(),
        "sentence": found.sentence,
        "cautions": found.cautions,
        "settings": found.grid.to_json(),
        "standardizer": found.parts.standardizer and found.parts.standardizer.to_json(),
        "networks": len(found.records),
        "seconds": round(found.seconds, 3),
        "interrupted": found.interrupted,
    }


def _row(found: Compared, row: Row, metrics: Sequence[str]) -> dict[str, Any]:
    median, low, high = row.best_epochs
    own: dict[str, Any] = {
        "label": row.label,
        **row.configuration.to_json(),
        "test": {metric: row.score(metric) for metric in metrics} if row.able else None,
        "validation_loss": row.validation if row.validation is not None and math.isfinite(row.validation) else None,
        "best_epoch": {"median": median, "smallest": low, "largest": high},
        "parameters": row.parameters,
        "seconds": round(row.seconds, 4),
        "diverged": row.lost,
    }
    if row.able:
        line = found.claims.against_line(row)
        own["against_line"] = {"baseline": line.baseline, **line.to_json()}
        if row is not found.claims.lead:
            own["behind_lead"] = found.claims.differences[row.configuration].to_json()
    return own


def write(found: Compared, *, command: str | None = None) -> Path:
    """Write summary, pictures and report into the folder of a comparison, and return it.

    Raises
    ------
    UsageError
        If a file cannot be written.
    """
    from cutaway import plots
    from cutaway.experiments.grids.figures import figures

    folder = found.folder
    assert folder is not None, "a comparison without a folder was not kept"
    document = summary(found)
    drawn = []
    for one in figures(found):
        path = plots.save(one.figure, folder / f"{one.name}.png")
        drawn.append((one, path.read_bytes()))
    with replacing(folder / SUMMARY) as temporary:
        text = json.dumps(document, indent=1, allow_nan=False) + "\n"
        temporary.write_text(text, encoding="utf-8", newline="\n")
    with replacing(folder / REPORT) as temporary:
        temporary.write_text(report(found, drawn, command), encoding="utf-8", newline="\n")
    return folder


# The report -------------------------------------------------------------------------------------------------------


def report(found: Compared, drawn: Sequence[tuple[Picture, bytes]], command: str | None) -> str:
    """Return the page.

    Parameters
    ----------
    found : Compared
    drawn : sequence of (Picture, bytes)
        Each picture with its PNG.
    command : str or None
        What was typed.
    """
    shown = {p.name: picture(png, p.title, p.caption) for p, png in drawn}
    typed = f"<p><code>{escape(command)}</code></p>" if command else ""
    about = found.data.description
    header = (
        f'<header><p class="brand">cutaway</p><h1>{escape(found.data.name)}: '
        f"{words.counted(len(found.rows), 'configuration')}</h1>"
        f"<p>{escape(about[:1].upper() + about[1:])}</p>{typed}</header>\n"
    )
    return page(
        f"{found.data.name}: {words.counted(len(found.rows), 'configuration')} · cutaway",
        [
            header,
            _result(found, shown.pop("scores", "")),
            section("How they were trained", pictures(shown.pop("curves", "")), _training(found)),
            section("What they decide", pictures(*shown.values())),
            section("Use it again", _use(found)),
            _footer(),
        ],
    )


def _result(found: Compared, scores: str) -> str:
    lead = found.claims.lead
    own = lead.score(found.metric)
    spread = f" <small>± {own['std']:.3f}</small>" if own["std"] is not None else ""
    held = words.counted(len(found.parts.split.test), "held-out row")
    chosen = "chosen by the validation rows" if found.claims.validated else "the best on these very rows"
    number = (
        f'<div class="score"><div class="number">{own["mean"]:.3f}{spread}</div>'
        f'<div class="quiet">{escape(found.claims.metric)} of {escape(lead.label)} on {held}, {chosen}</div></div>'
    )
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in found.claims.sentences())
    cautions = "".join(f'<p class="caution">{escape(text)}</p>' for text in found.cautions)
    headline = f'<div class="headline">{number}<div class="words">{said}</div></div>'
    caption = (
        "Scores are those on the held-out rows: mean and standard deviation over the seeds. The validation rows chose "
        "the best epoch of each network, and the order of this table; best epochs are given as median (lowest–highest)."
        " Time is for one network: that of a stack divided by the networks in it."
    )
    cells = found.cells()
    return (
        f"<section>{cautions}{headline}{table(found.head(), cells, caption=caption, first='ours')}"
        f"<p>{escape(CRITERION)}</p>{pictures(scores)}</section>\n"
    )


def _training(found: Compared) -> str:
    base, split, data = found.grid.base, found.parts.split, found.data
    parts = [(split.train, "to train"), (split.validation, "to validate"), (split.test, "held out")]
    own = found.grid.configurations(data)
    values = {name: list(dict.fromkeys(getattr(c, name) for c in own)) for name in AXES}
    pairs = {
        "data": words.data_line(data),
        "rows": ", ".join(f"{len(part):,} {word}" for part, word in parts if part),
        "hidden layers": "; ".join(",".join(map(str, units)) or "none" for units in values["layers"]),
        "activation": ", ".join(values["activation"]),
        "optimizer": ", ".join(values["optimizer"]),
        "learning rate": ", ".join(f"{rate:g}" for rate in values["lr"]),
        "first weights": ", ".join(str(name or "usual for the activation") for name in values["init"]),
        "epochs": words.stopping_line(base),
        "seeds": f"{base.seed} to {base.seed + base.seeds - 1}, for each configuration",
        "standardised": words.standardised_line(data),
        "simpler models": "fitted on the training and the validation rows: they need none to stop by",
        "time": f"{found.seconds:.1f} s for {words.counted(len(found.records), 'network')}; networks of equal shape "
        "were trained together",
    }
    return facts(pairs)


def _use(found: Compared) -> str:
    assert found.folder is not None
    path = network_path(found.folder, found.simplest.configuration)
    lines = ["import json", "", "import cutaway as ca", "", f"network = ca.Network.load({str(path)!r})"]
    if found.parts.standardizer is not None:
        first = [round(float(value), 3) for value in found.parts.split.test.X[0]]
        lines += [
            f"found = json.load(open({str(found.folder / SUMMARY)!r}))",
            "standardizer = ca.data.Standardizer.from_json(found['standardizer'])",
            f"rows = [{first}]" if len(first) < 9 else f"rows = [[0.0] * {len(first)}]",
            "print(network.predict(standardizer.transform(rows)))",
        ]
    lines += [
        f"head, *records = map(json.loads, open({str(found.folder / RESULTS)!r}))",
        "print(len(records), 'networks;', records[0]['test'])",
    ]
    return (
        "<p>The folder holds a line of JSON for each network, and the best network of each configuration by the "
        f"validation rows. In Python, in the folder where this was made:</p>{code(chr(10).join(lines), 'python')}"
    )


def _footer() -> str:
    when = datetime.now().astimezone().isoformat(timespec="seconds").replace("T", " ")
    return f"<footer>{escape(when)}, with cutaway {escape(__version__)}.</footer>\n"
