"""The page about ten mistakes says what the tool says now."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def load() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("ten_ways", DOCS / "ten_ways.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules["ten_ways"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without_numbers(text: str) -> list[str]:
    """The words of a report; the last digits of its numbers may differ between machines."""
    return re.sub(r"[\d.]+(e[+-]?\d+)?|[─-╿]+", "0", text).split()


PAGES = load()
SECTIONS = (DOCS / "ten-ways.md").read_text(encoding="utf-8").split("\n## ")


@pytest.mark.parametrize("number", range(1, len(PAGES.WAYS) + 1))
def test_each_report_is_what_the_tool_says(number: int) -> None:
    way, section = PAGES.WAYS[number - 1], SECTIONS[number]
    report = PAGES.report_of(way)
    assert report.verdict == "faulty"
    assert section.startswith(f"{number}. {way.title}\n") and PAGES.indented(way.program) in section
    for finding in report.defects:
        assert f"{finding.code} ({finding.kind})  network.py, line {finding.line}" in section
    written = section.partition("What `cutaway check network.py` says:")[2]
    assert without_numbers(written) == without_numbers(report.text(width=100)), "run python docs/generate.py"


def test_the_program_that_they_start_from_is_right(tmp_path: Path) -> None:
    way = PAGES.Way("Nothing", (), "")
    assert PAGES.report_of(way).verdict == "correct"
