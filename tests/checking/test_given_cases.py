"""The networks of a folder of given cases, each with its header and its marked line, where there is such a folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("CUTAWAY_CASES", ""))
pytestmark = pytest.mark.skipif(not os.environ.get("CUTAWAY_CASES"), reason="CUTAWAY_CASES names no folder of cases")
FILES = sorted(FOLDER.glob("*.py")) if os.environ.get("CUTAWAY_CASES") else []
KINDS = {"optimizer": "update", "aliasing": "update", "init": "initialization"}


def stripped(text: str) -> str:
    """The program without its header and comments: those are for people."""
    text = re.sub(r'^""".*?"""', lambda m: "\n" * m[0].count("\n"), text, count=1, flags=re.DOTALL)
    return "\n".join(re.sub(r"\s+# .*$", "", line) for line in text.split("\n"))


@pytest.mark.parametrize("file", FILES, ids=[f.stem for f in FILES])
def test_case(file: Path, tmp_path: Path) -> None:
    text = file.read_text()
    copy = tmp_path / "program.py"
    copy.write_text(stripped(text))
    done = subprocess.run(
        [sys.executable, "-m", "cutaway", "check", "--json", str(copy)], capture_output=True, text=True, timeout=300
    )
    document = json.loads(done.stdout)
    if file.stem.startswith("correct"):
        assert (document["verdict"], done.returncode) == ("correct", 0), document["findings"]
        return
    header = re.search(r"Kind: (\w+)", text)
    assert header is not None
    kind = KINDS.get(header[1], header[1])
    lines = {i for i, line in enumerate(text.split("\n"), start=1) if "# DEFECT" in line}
    found = {(f["kind"], f["line"]) for f in document["findings"]}
    assert (document["verdict"], done.returncode) == ("faulty", 1)
    assert any(k == kind and line in lines for k, line in found), (kind, lines, found)
