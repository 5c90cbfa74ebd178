"""Tables of what was measured, in Markdown; the same for a terminal and for the page."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peers.bars import Measured, bars, native, ratio
from peers.contest import Result, Setting
from peers.contestants import BLAS
from peers.workloads import WORKLOADS

BEGIN, END = "<!-- begin: peers -->", "<!-- end: peers -->"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose columns are as wide as they must be."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]

    def line(row: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        return "| " + " | ".join([first, *rest]) + " |"

    rule = "|" + "|".join("-" * (w + 1) + ("-" if i == 0 else ":") for i, w in enumerate(widths)) + "|"
    return "\n".join([line(head), rule, *(line(row) for row in rows)])


def number(x: float) -> str:
    """Three digits."""
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def machine(setting: Setting) -> str:
    """Where this was measured."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
        flags = next(line for line in lines if line.startswith("flags")).split()
        name += ", AVX-512" if "avx512f" in flags else ", AVX2" if "avx2" in flags else ""
    except (OSError, StopIteration):
        pass
    try:
        busy = f", load {os.getloadavg()[0]:.1f} in the end"
    except OSError:
        busy = ""
    of = "processor time" if setting.clock == "cpu" else "time"
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}; "
        f"{setting.rounds} rounds, {of}{busy}; {datetime.date.today()}"
    )


def of_workload(name: str, results: dict[str, Result]) -> str:
    """The table of one workload."""
    ours = [r for r in (native(results, 1), native(results, 2)) if r is not None]
    ours = [r for i, r in enumerate(ours) if r not in ours[:i]]
    head = ["µs for one step", "µs", *(f"× {r.entry.name}" for r in ours), "first call, s"]
    rows, notes = [], []
    trained = [r for r in results.values() if r.entry.contestant is not BLAS]
    for r in sorted((r for r in trained if r.seconds), key=lambda r: r.median):
        first = "" if r.entry.contestant.threads == "one" and not r.entry.contestant.ours else number(r.first)
        rows.append([r.entry.name, number(r.median * 1e6), *(number(ratio(r, own)) for own in ours), first])
    reasons: dict[str, list[str]] = {}
    for r in trained:
        if r.missing:
            reasons.setdefault(r.missing.rstrip("."), []).append(r.entry.name)
    notes += [f"Not timed: {'; '.join(names)}: {reason}." for reason, names in reasons.items()]
    peak = [r for r in results.values() if r.entry.contestant is BLAS and r.seconds]
    for r in peak:
        own = native(results, r.entry.threads)
        if own is not None and own.entry.threads == r.entry.threads:
            share = _operations(name) / own.median / (2 * 1536**3 / r.median)
            flops = 2 * 1536**3 / r.median / 1e9
            notes.append(
                f"{own.entry.name} does {_operations(name) / own.median / 1e9:.0f} Gflop/s in its products, "
                f"{share:.0%} of the {flops:.0f} that BLAS reaches here with products of 1536 x 1536."
            )
    text = f"**{name}: {WORKLOADS[name].title}**\n\n" + (table(head, rows) if rows else "Nothing was timed.")
    return text + ("\n\n" + "\n".join(notes) if notes else "")


def _operations(name: str) -> float:
    """Of the products in a step: forward, of the weights' gradients, and of the hidden layers'."""
    w = WORKLOADS[name]
    pairs = list(zip(w.layers[:-1], w.layers[1:], strict=True))
    return 2.0 * (w.batch or w.n) * (2 * sum(a * b for a, b in pairs) + sum(a * b for a, b in pairs[1:]))


def of_whole(m: Measured) -> list[str]:
    """Tables of whole processes."""
    found = []
    for name, timings in m.cold.items():
        rows = []
        for who, t in timings.items():
            if "missing" in t:
                rows.append([who, "", "", t["missing"][:40]])
            else:
                rows.append([who, *(number(statistics.median(t[k])) for k in ("empty", "filled", "memory"))])
        head = [f"{name}, whole process", "empty cache, s", "filled cache, s", "memory, MB"]
        found.append(table(head, rows))
    if m.baseline is not None and m.cold:
        found.append(f"Python with NumPy and the data: {m.baseline:.0f} MB.")
    if m.compiling:
        rows = []
        for name, t in m.compiling.items():
            cells = [t["missing"][:40], "", ""] if "missing" in t else [
                f"{t[kind][key] * 1e3:.0f}" for kind, key in (
                    ("empty", "machine code"), ("filled", "machine code"), ("filled", "llvmlite"))
            ]  # fmt: skip
            rows.append([name, *cells])
        found.append(table(["machine code, ms", "empty cache", "filled cache", "import of llvmlite, apart"], rows))
    if m.one_row:
        rows = [[k, v.get("missing") or number(v["seconds"] * 1e6)] for k, v in m.one_row.items()]
        found.append(table(["W2, outputs of one row", "µs"], rows))
    return found


def of_bars(m: Measured) -> str:
    """What is to be reached."""
    rows = []
    for bar in bars(m):
        sign = "at most" if bar.most else "at least"
        wanted = f"{sign} {bar.wanted:g} {bar.unit}".replace(" x", "")
        rows.append([bar.what, wanted, "" if bar.found is None else number(bar.found), bar.verdict, bar.note[:60]])
    return table(["bar", "wanted", "measured", "", "note"], rows) if rows else ""


_HOW = """\
`python bench/against_peers.py --python PYTHON`, where PYTHON is an interpreter that has JAX, PyTorch and the others,
trains the same networks here and there: same data, same first weights, and losses that agree to 1e-4 over the first 200
steps before anything is timed. Contestants wait in processes of their own and do rounds in turn; the first round is not
counted, times are medians, and a ratio is the median of the ratios of the same turn. Compiling and importing are apart,
but for whole processes. The number behind a name is that of its threads; × says how many times faster we are."""


def page(m: Measured, setting: Setting, versions: Sequence[str]) -> str:
    """The whole text."""
    parts = [
        _HOW,
        f"{machine(setting)}. {', '.join(versions)}.",
        of_bars(m),
        *(of_workload(name, results) for name, results in m.workloads.items()),
        *of_whole(m),
    ]
    return "\n\n".join(part for part in parts if part)


def write(file: Path, text: str) -> None:
    """Put a text between the marks of a page; at its end, if it has none."""
    old = file.read_text(encoding="utf-8")
    if BEGIN not in old or END not in old:
        old = f"{old.rstrip()}\n\n## The native engine and its peers\n\n{BEGIN}\n{END}\n"
    before, rest = old.split(BEGIN, 1)
    file.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}", encoding="utf-8")


def as_json(m: Measured, setting: Setting, versions: Sequence[str]) -> dict[str, Any]:
    """The same as numbers."""
    return {
        "machine": machine(setting),
        "versions": list(versions),
        "clock": setting.clock,
        "workloads": {
            name: {
                who: {
                    "missing": r.missing, "seconds": r.median if r.seconds else None, "rounds": r.seconds,
                    "first": r.first, "differs": r.differs,
                }
                for who, r in results.items()
            }
            for name, results in m.workloads.items()
        },
        "whole": m.cold,
        "baseline_mb": m.baseline,
        "compiling": m.compiling,
        "one_row": m.one_row,
        "bars": [
            {"what": b.what, "wanted": b.wanted, "most": b.most, "unit": b.unit, "found": b.found, "verdict": b.verdict,
             "note": b.note}
            for b in bars(m)
        ],
    }  # fmt: skip
