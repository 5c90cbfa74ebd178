"""The process that runs the user's file: reads a request, runs the file, checks what it finds, answers in JSON.

It is started afresh for each file by :mod:`cutaway.checking.running.runner`. What the file prints and draws goes
nowhere.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from typing import Any

IN_TIME = 0.9  # of all the time: then a check ends with what it knows


class OutOfTimeError(BaseException):
    """The program has run long enough: what was seen of it must do. Not an Exception, so that nothing catches it."""


def main() -> None:
    """Answer the one request on the command line, in the file that it names."""
    request = json.loads(sys.argv[1])
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    answer(request)
    leave()


def answer(request: dict[str, Any]) -> None:
    """Do what a request asks, and write the reports or the error to the file that it names; whole, or not at all."""
    said = request["answer"]
    with open(f"{said}.part", "w", encoding="utf-8") as file:  # opened before the program may open anything
        found: dict[str, Any]
        try:
            found = {"reports": [pack(report) for report in _reports(request)]}
        except BaseException as error:
            found = {"error": _described(error, request)}
        json.dump(found, file, default=lambda x: x.tolist() if hasattr(x, "tolist") else str(x))
    os.replace(f"{said}.part", said)


def leave() -> None:
    """End at once: threads and processes of the user's program, and what it does at its end, must not hold us up."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _reports(request: dict[str, Any]) -> list[Any]:
    import warnings

    import numpy as np

    import cutaway.ops  # noqa: F401  (registers what NumPy's functions mean)
    from cutaway.checking.api import examine
    from cutaway.checking.guards import limited
    from cutaway.checking.running.program import read
    from cutaway.checking.running.runner import SHARE
    from cutaway.checking.running.sandbox import keep_files, without_windows
    from cutaway.checking.sources import cases_of

    keep_files(os.path.dirname(request["answer"]))
    without_windows()
    sys.dont_write_bytecode = True  # beside the user's files; our own modules may be kept
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    program = read(request["path"])
    started = time.monotonic()
    cases = cases_of(program, request["name"], request["seconds"])
    reports = []
    for number, case in enumerate(cases):
        left = IN_TIME * request["seconds"] / SHARE - (time.monotonic() - started)
        with limited(left / (len(cases) - number)):
            reports.append(examine(case))
    return reports


def alarm(seconds: float) -> None:
    """Raise :class:`OutOfTimeError` in so many seconds, 0 takes it back; without signals, the parent ends us."""
    if hasattr(signal, "setitimer"):

        def ring(number: int, frame: Any) -> None:
            raise OutOfTimeError

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)


def pack(report: Any) -> dict[str, Any]:
    """A report in parts, with everything that is needed to show it."""
    from dataclasses import asdict

    return asdict(report)


def _described(error: BaseException, request: dict[str, Any]) -> dict[str, Any]:
    from cutaway.errors import CutawayError

    if isinstance(error, CutawayError):
        return {"what": error.what, "received": error.received, "instead": error.instead, "kind": "usage"}
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == request["path"]]
    place = f" in line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
    if isinstance(error, OutOfTimeError):
        what = "The program did not come to an end in time, and no training loop was seen before"
        return {
            "what": what,
            "received": f"{request['seconds']:.0f} s",
            "instead": "Give it more with --timeout",
            "kind": "usage",
        }
    what = f"{request['path']} stops with an error"
    text = f"{type(error).__name__}{place} ({str(error)[:300]})"
    inside = "" if lines else "".join(traceback.format_exception(error)[-4:])[-1500:]
    return {"what": what, "received": text, "instead": None, "kind": "usage" if lines else "internal", "trace": inside}


if __name__ == "__main__":
    main()
