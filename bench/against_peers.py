"""Time training here and by other packages: the same networks, data and first weights, checked to give the same losses.

Everything is timed in turn, in rounds; the first round is not counted. Times are those of one training step, of the
median round; a ratio is the median of the ratios of rounds in the same turn. Compiling and importing are apart.
Packages that are not installed are left out: ``--python`` names an interpreter that has them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from peers import report, whole
from peers.bars import Measured
from peers.contest import Setting, contest, processes
from peers.contestants import BLAS
from peers.workloads import WORKLOADS, prepare

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PARTS = ("steps", "whole", "compiling", "row")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has JAX, PyTorch, ...")
    parser.add_argument("--workloads", default=",".join(WORKLOADS), help="for instance W1,W3")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.1, help="that a round should take")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument(
        "--clock", choices=["wall", "cpu"], default="wall",
        help="cpu: processor time, with one thread, for a machine that does other things as well",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="three short rounds of the steps alone")
    parser.add_argument("--json", metavar="FILE", help="write numbers here; - is the screen")
    parser.add_argument("--write", action="store_true", help=f"put the tables into docs/{PAGE.name}")
    options = parser.parse_args()
    options.workloads = [name.strip().upper() for name in options.workloads.split(",") if name.strip()]
    options.parts = [part.strip() for part in options.parts.split(",") if part.strip()]
    for given, known in ((options.workloads, WORKLOADS), (options.parts, PARTS)):
        unknown = [x for x in given if x not in known]
        if unknown:
            parser.error(f"there is no {unknown[0]}; there are {', '.join(known)}")
    if options.quick:
        options.rounds, options.seconds, options.parts = 3, 0.04, ["steps"]
    return options


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _versions(setting: Setting) -> list[str]:
    """What the other interpreter has."""
    code = (
        "from peers.contestants import CONTESTANTS, missing, version\n"
        "found = {c.needs for c in CONTESTANTS if not c.ours and not missing(c.needs)}\n"
        "print('\\n'.join(sorted(map(version, found))))"
    )
    done = subprocess.run(
        [setting.python, "-c", code], env=setting.environment(1), capture_output=True, text=True, check=True
    )
    return done.stdout.split("\n")[:-1]


def measure(options: argparse.Namespace, setting: Setting) -> Measured:
    """Do all that is asked for."""
    m, names, turns = Measured(), options.workloads, 3
    prepare(setting.folder / "data", {*names, "W2"})
    if "steps" in options.parts:
        with processes(setting) as team:
            for name in names:
                m.workloads[name] = contest(name, setting, team, _tell, *([BLAS] if name == "W5" else []))
                print(report.of_workload(name, m.workloads[name]) + "\n", flush=True)
    small = [name for name in names if name in ("W1", "W2")]
    if "whole" in options.parts and small:
        m.baseline = whole.baseline("W2", setting)
        for name in small:
            m.cold[name] = whole.cold(name, setting, turns, _tell)
    if "compiling" in options.parts:
        m.compiling = whole.compiling(setting, [name for name in names if name < "W6"], turns)
        _tell("compiling: done")
    if "row" in options.parts:
        m.one_row = whole.one_row(setting, "W2", turns)
    return m


def main() -> None:
    """Print the tables."""
    options = _options()
    threads = 1 if options.clock == "cpu" else options.threads
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        setting = Setting(options.python, Path(folder), options.rounds, options.seconds, threads, options.clock)
        versions = _versions(setting)
        m = measure(options, setting)
    print("\n\n".join([report.machine(setting) + ".", report.of_bars(m), *report.of_whole(m)]))
    if options.json:
        text = json.dumps(report.as_json(m, setting, versions), indent=1)
        if options.json == "-":
            print(text)
        else:
            Path(options.json).write_text(text + "\n", encoding="utf-8")
    if options.write:
        report.write(PAGE, report.page(m, setting, versions))
        _tell(f"written to {PAGE}")


if __name__ == "__main__":
    main()
