"""A process for contestants: ``python -m peers DO SETTINGS``, settings and answers in JSON.

``serve`` imports a library, then does what each line of its input says: ``check`` (the first losses of a contestant),
``start`` (make its loop, warm it up, find how many epochs a round has), ``round``, ``end``. The others do one thing:
``once`` (a whole training), ``row`` (outputs of one row), ``compile``, ``empty`` (read the data and nothing else).
What libraries print goes to the error stream.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

from peers.contestants import function, missing
from peers.loops import Loop, Missing, by_epoch, clock
from peers.workloads import WORKLOADS, Workload


def peak() -> float:
    """Most memory that this process has had, in MB; `getrusage` may tell that of the process which started it."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    except (OSError, StopIteration):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 1024 / (1024 if sys.platform == "darwin" else 1)


@dataclass
class Timed:
    """A loop that is warm, and how many epochs a round has."""

    loop: Loop
    epochs: int


_warm: dict[str, Timed] = {}


def check(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    small, epochs = workload.to_check()
    done = make(small, **s["options"])(epochs)
    return {"losses": by_epoch(done.losses, small.networks, epochs).tolist()}


def start(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    begin = time.perf_counter()
    loop = make(workload, **s["options"])
    epochs = unit = workload.chunk if s["chunked"] else 1
    loop(unit)
    first = time.perf_counter() - begin
    target, tries = s["seconds"], 0
    while True:
        begin = time.perf_counter()
        seconds = loop(epochs).seconds
        tries += 1
        if seconds > target / 4 or time.perf_counter() - begin > 2 * target + 2 or tries > 12:
            break
        epochs *= 3
    if math.isfinite(seconds) and seconds > 0:
        epochs = unit * max(1, round(epochs / unit * target / seconds))
    _warm[s["id"]] = Timed(loop, epochs)
    return {"first": first, "epochs": epochs}


def one_round(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    warm = _warm[s["id"]]
    done = warm.loop(warm.epochs)
    return {"seconds": done.seconds / done.steps, "steps": done.steps}


def end(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    _warm.pop(s["id"], None)
    return {}


def row(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    predict, found = make(workload), []
    for _ in range(200):
        predict()
    for _ in range(15):
        begin = clock()
        for _ in range(200):
            predict()
        found.append((clock() - begin) / 200)
    return {"seconds": sorted(found)[7]}


def compile_(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    return dict(make(workload))


def once(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    loop = make(replace(workload, chunk=workload.epochs), **s["options"])
    if s["whole"]:
        loop()
    else:
        loop(workload.epochs)
    return {"memory": peak()}


def empty(s: dict[str, Any], make: Any, workload: Workload) -> dict[str, Any]:
    workload.arrays  # noqa: B018  # read them
    return {"memory": peak()}


_COMMANDS = {"check": check, "start": start, "round": one_round, "end": end, "row": row, "compile": compile_,
             "once": once, "empty": empty}  # fmt: skip


def done(what: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Do a command; a contestant that cannot is a reason, and no end of the others."""
    try:
        reason = missing(settings["needs"])
        if reason is not None:
            raise Missing(reason)
        make = None if what == "empty" else function(settings["make"])
        return _COMMANDS[what](settings, make, WORKLOADS[settings["workload"]])
    except Missing as error:
        return {"missing": str(error)}
    except Exception as error:
        return {"missing": f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"}


def main() -> None:
    """Do what the command line says."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    if sys.argv[1] != "serve":
        return answer(done(sys.argv[1], json.loads(sys.argv[2])))
    for line in sys.stdin:
        what, settings = json.loads(line)
        answer(done(what, settings))


if __name__ == "__main__":
    main()
