"""Checks files as ``cutaway check`` does, each in a fork of one process that has imported everything.

Requests come line by line; the answers are files. What is shared between two programs is imported modules alone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress

import cutaway.checking.api
import cutaway.checking.correction
import cutaway.checking.findings.unexplained
import cutaway.checking.running.child as child
import cutaway.checking.sources.watched
import cutaway.interpreters.differentiate  # noqa: F401 (loaded once, for all programs)

with suppress(ImportError):
    import sklearn.datasets  # noqa: F401 (what many programs begin with)

LONGEST = 300.0  # seconds for one file


def check(request: str) -> None:
    """Answer one request in a process of its own, as the runner's child does."""
    process = os.fork()
    if process == 0:
        os.setsid()
        sys.argv[1:] = [request]
        child.main()
    end = time.monotonic() + LONGEST
    while os.waitpid(process, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            break
        time.sleep(0.005)


for line in sys.stdin:
    check(line)
    print(json.dumps("done"), flush=True)
