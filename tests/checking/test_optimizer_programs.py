"""Every honest spelling of an optimizer passes; each broken one is named, on the line where it is broken."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from cutaway.checking.api import examine
from cutaway.checking.records import Report
from cutaway.checking.running.program import read
from cutaway.checking.sources.declared import declared_case

FOLDER = Path(__file__).parent / "optimizers"
NETWORK = (FOLDER / "network.txt").read_text(encoding="utf-8")
RULES = tomllib.loads((FOLDER / "rules.toml").read_text(encoding="utf-8"))


def program(rule: dict[str, str]) -> str:
    body = "".join(f"        {line}\n" for line in rule["body"].strip("\n").split("\n"))
    return NETWORK.replace("{setup}", rule["setup"]).replace("{body}", body)


def checked(file: Path, text: str) -> Report:
    file.write_text(text, encoding="utf-8")
    return examine(declared_case(read(file), "case", 30))


@pytest.mark.parametrize("name", RULES["right"])
def test_honest_spellings(name: str, tmp_path: Path) -> None:
    report = checked(tmp_path / "program.py", program(RULES["right"][name]))
    assert report.verdict == "correct", [(f.code, f.line, f.message) for f in report.findings]


@pytest.mark.parametrize("name", RULES["wrong"])
def test_broken_rules(name: str, tmp_path: Path) -> None:
    text = program(RULES["wrong"][name])
    report = checked(tmp_path / "program.py", text)
    lines = {i for i, line in enumerate(text.split("\n"), start=1) if line.endswith("# X")}
    said = [(f.code, f.line) for f in report.defects if f.kind == "update"]
    assert report.verdict == "faulty"
    assert {line for _, line in said} & lines, said
    assert len({line for _, line in said}) <= 4, said
