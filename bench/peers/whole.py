"""What is measured of whole processes: training from start to end, memory, compiling, and the outputs of one row."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

from peers.contest import Setting
from peers.contestants import CONTESTANTS, Contestant, Entry

Timings = dict[str, dict[str, Any]]


def _of_children() -> float:
    """Processor time of all processes that were started and have ended."""
    return sum(os.times()[2:4])


def run(setting: Setting, what: str, entry: Entry, **variables: str) -> dict[str, Any]:
    """Run one process to its end: its answer, and its seconds from start to end."""
    settings = setting.settings(entry)
    command = [setting.interpreter(entry.contestant), "-m", "peers", what, json.dumps(settings)]
    environment = setting.environment(entry.threads, **variables)
    watch = _of_children if setting.clock == "cpu" else time.perf_counter
    begin = watch()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    seconds = watch() - begin
    if not done.stdout.strip():
        said = done.stderr.strip().splitlines()
        return {"missing": said[-1][:200] if said else "its process said nothing"}
    return {"elapsed": seconds, **json.loads(done.stdout)}


def _ours(name: str, function: str, **options: Any) -> Contestant:
    return Contestant(name, f"with_cutaway:{function}", "cutaway", (), options, ours=True)


_COLD = [
    *(_ours(engine, "once", engine=engine) for engine in ("native", "auto", "numpy")),
    *(c for c in CONTESTANTS if "W1" in c.workloads and not c.ours),
]


def cold(workload: str, setting: Setting, times: int, tell: Callable[[str], None]) -> Timings:
    """Processes from start to trained weights: seconds with an empty and a filled cache, and MB of memory.

    JAX has a cache only if it is told to; "filled" is with it. Others have none, and their seconds count for both.
    Before that, Python compiles our modules once, as pip does with those of all others.
    """
    found: Timings = {c.name: {"empty": [], "filled": [], "memory": []} for c in _COLD}
    for contestant in _COLD[:3]:
        run(setting, "once", Entry(contestant, workload, setting.threads))
    for turn in range(times):
        for contestant in _COLD:
            mine = found[contestant.name]
            if "missing" not in mine:
                _one_turn(mine, Entry(contestant, workload, setting.threads), setting, turn)
        tell(f"{workload}: whole processes, turn {turn + 1} of {times}")
    return found


def _one_turn(mine: dict[str, Any], entry: Entry, setting: Setting, turn: int) -> None:
    contestant = entry.contestant
    with tempfile.TemporaryDirectory(dir=setting.folder) as empty:
        answers = [run(setting, "once", entry, CUTAWAY_CODE=f"{empty}/code")]
    if (contestant.ours or contestant.needs == "jax") and "missing" not in answers[0]:
        (setting.folder / "kept").mkdir(exist_ok=True)
        place = str(setting.folder / "kept" / f"{entry.workload} {contestant.name}")
        kept = {"CUTAWAY_CODE": place}
        if not contestant.ours:
            least = {"COMPILE_TIME_SECS": "0", "ENTRY_SIZE_BYTES": "-1"}
            kept = {f"JAX_PERSISTENT_CACHE_MIN_{k}": v for k, v in least.items()} | {"JAX_COMPILATION_CACHE_DIR": place}
        if turn == 0:
            run(setting, "once", entry, **kept)  # fills it
        answers.append(run(setting, "once", entry, **kept))
    reason = next((a["missing"] for a in answers if "missing" in a), None)
    if reason is not None:
        mine["missing"] = reason
        return
    mine["empty"].append(answers[0]["elapsed"])
    mine["filled"].append(answers[-1]["elapsed"])
    mine["memory"].append(answers[-1]["memory"])


def baseline(workload: str, setting: Setting) -> float:
    """Peak memory in MB of Python with NumPy and the data."""
    entry = Entry(_ours("nothing", "once"), workload, 1)
    return float(statistics.median(run(setting, "empty", entry)["memory"] for _ in range(3)))


def compiling(setting: Setting, names: list[str], times: int) -> Timings:
    """Seconds for machine code, medians: with an empty cache and a filled one."""
    found: Timings = {}
    for name in names:
        entry = Entry(_ours("native", "compiling"), name, 1)
        runs = []
        for turn in range(times):
            place = str(setting.folder / f"compiling {name} {turn}")
            runs.append([run(setting, "compile", entry, CUTAWAY_CODE=place) for _ in range(2)])
        reason = next((r["missing"] for pair in runs for r in pair if "missing" in r), None)
        found[name] = {"missing": reason} if reason else {
            kind: {key: statistics.median(pair[i][key] for pair in runs) for key in runs[0][i]}
            for i, kind in enumerate(("empty", "filled"))
        }  # fmt: skip
    return found


_ONE_ROW = [
    _ours("cutaway, net.compile()", "one_row"),
    Contestant("NumPy, new arrays", "with_numpy:one_row", "numpy", ()),
    Contestant("JAX jit", "with_jax:one_row", "jax", ()),
    Contestant("PyTorch", "with_torch:one_row", "torch", ()),
    Contestant("scikit-learn", "with_sklearn:one_row", "sklearn", ()),
]


def one_row(setting: Setting, workload: str, times: int) -> Timings:
    """Seconds for the outputs of a single row; medians of processes in turn."""
    seen: dict[str, list[dict[str, Any]]] = {c.name: [] for c in _ONE_ROW}
    for _ in range(times):
        for contestant in _ONE_ROW:
            seen[contestant.name].append(run(setting, "row", Entry(contestant, workload, 1)))
    found: Timings = {}
    for name, runs in seen.items():
        reason = next((r["missing"] for r in runs if "missing" in r), None)
        found[name] = {"missing": reason} if reason else {"seconds": statistics.median(r["seconds"] for r in runs)}
    return found
