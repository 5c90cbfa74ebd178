"""The results of a comparison as they come: a file of lines of JSON, to which lines are added and nothing else.

The first line says what is compared on which data; each further one is the record of a network. A line that was torn,
by a crash or a full disk, is no record. From such a file an interrupted comparison goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.data import Dataset
from cutaway.errors import DataError, UsageError
from cutaway.experiments.parts import Array

FORMAT = "cutaway comparison 1"
RESULTS = "results.jsonl"
Record = dict[str, Any]


def digest(data: Dataset) -> str:
    """Return a fingerprint of the rows and targets of a data set."""
    found = hashlib.sha256()
    parts: list[Array] = [data.y]
    X: Any = data.X
    parts += [X.data, X.indices, X.indptr] if hasattr(X, "indptr") else [X]
    for array in parts:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).view(np.uint8).data)
    return found.hexdigest()


class Log:
    """The file of a comparison.

    Parameters
    ----------
    path : Path
        The file; it need not be there.
    head : dict
        What is compared: ``data`` and ``settings``, and more that is not compared with an earlier file.
    """

    def __init__(self, path: Path, head: Record) -> None:
        self.path = path
        self.head = json.loads(json.dumps({"format": FORMAT, **head}))  # as it will be read

    def begin(self) -> None:
        """Write the first line.

        Raises
        ------
        UsageError
            If the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(_line(self.head), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written", received=error.strerror or str(error)) from error

    def resume(self) -> list[Record]:
        """Return the records that are there, and make the file ready for more.

        Raises
        ------
        DataError
            If it is no such file.
        UsageError
            If it belongs to another comparison.
        """
        head, records, whole = read(self.path)
        for name in ("data", "settings"):
            theirs, mine = head.get(name, {}), self.head[name]
            for key in dict.fromkeys([*mine, *theirs]):
                if mine.get(key) != theirs.get(key):
                    raise UsageError(
                        f"{self.path} is another comparison",
                        received=f"{key}: {_short(theirs.get(key))} there, {_short(mine.get(key))} here",
                        instead="Resume with the options of that one, or write to another folder",
                    )
        with self.path.open("r+b") as file:
            file.truncate(whole)  # without the line that was torn
        return records

    def add(self, records: Iterable[Record]) -> None:
        """Add records; they are on the disk when this returns."""
        with self.path.open("a", encoding="utf-8", newline="\n") as file:
            file.write("".join(map(_line, records)))
            file.flush()
            os.fsync(file.fileno())


def read(path: Path) -> tuple[Record, list[Record], int]:
    """Return the first line of a file of results, its records, and how many bytes of it are whole lines.

    Raises
    ------
    DataError
        If it is no such file, or a line within it is damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read", received=error.strerror or str(error)) from error
    whole = content.rfind(b"\n") + 1
    found: list[Record] = []
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            found.append(dict(json.loads(line)))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"{path} is damaged", received=f"line {number}, which is no record", instead="Delete that line"
            ) from error
    if not found or found[0].get("format") != FORMAT:
        raise DataError(f"{path} holds no comparison", instead=f"Its first line must be marked {FORMAT!r}")
    return found[0], found[1:], whole


def _line(record: Record) -> str:
    return json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) < 60 else f"{text[:57]}..."
