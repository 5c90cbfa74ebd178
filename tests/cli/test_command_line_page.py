"""The page about the command line names every command, option, default and exit code, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from cutaway.cli import cli

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


def commands(group: click.Group = cli, prefix: str = "cutaway") -> Iterator[tuple[str, click.Command]]:
    """Give every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


COMMANDS = dict(commands())


def sections() -> dict[str, str]:
    """Return the text of each part of the page that is about a command, by its heading."""
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = dict(part.split("\n", 1) for part in parts)
    return {heading: text for heading, text in found.items() if heading.startswith("cutaway ")}


def heading(name: str, command: click.Command) -> str:
    arguments = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    return " ".join([name, *arguments])


def options(command: click.Command) -> dict[str, str]:
    """Return the options of a command and their defaults as the page writes them."""
    found = {}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            default = parameter.default if parameter.show_default else ""
            found[parameter.opts[0]] = str(default)
    return found


def test_every_command_has_a_part_of_the_page_and_no_other() -> None:
    assert set(sections()) == {heading(name, command) for name, command in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_its_default_is_in_the_table(name: str) -> None:
    text = sections()[heading(name, COMMANDS[name])]
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \|([^|]*)\|", text, flags=re.MULTILINE)
    assert {option: default.strip() for option, default in rows} == options(COMMANDS[name])
    assert [option for option, _ in rows] == list(options(COMMANDS[name]))


def test_the_names_in_the_help_are_all_there_are() -> None:
    from cutaway.experiments.settings import SCHEDULES
    from cutaway.nn import ACTIVATIONS
    from cutaway.train import Optimizer

    train = COMMANDS["cutaway train"]
    text = {p.name: p.help for p in train.params if isinstance(p, click.Option)}
    for name, known in (("activation", ACTIVATIONS), ("schedule", SCHEDULES), ("optimizer", Optimizer.known())):
        words = set(re.findall(r"[a-z_]+", text[name] or ""))
        assert set(known) <= words, name


def test_defaults_are_those_of_the_settings() -> None:
    from cutaway.experiments import Settings

    own = Settings().to_json() | {"test_size": Settings().test}
    for parameter in COMMANDS["cutaway train"].params:
        if isinstance(parameter, click.Option) and parameter.show_default:
            assert parameter.default == own[str(parameter.name)], parameter.name


def test_exit_codes_are_on_the_page() -> None:
    from cutaway import cli as module
    from cutaway.errors import CutawayError, DataMissingError

    codes = set(map(int, re.findall(r"^\| (\d+) \|", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)))
    assert codes == {0, 1, CutawayError.exit_code, DataMissingError.exit_code, module.INTERRUPTED}


def test_the_keys_of_the_json_document_are_there(cutaway: Callable[..., Any], tmp_path: Path) -> None:
    found = json.loads(cutaway("train", "iris", "--epochs", "2", "--json", "--out", tmp_path / "run").out)
    names = {"METRIC": "accuracy", "NAME": "decision_tree"}
    page = PAGE.read_text(encoding="utf-8")
    keys = re.findall(
        r"^\| `([\w.]+)` \|", page[page.index("### The JSON document") :].split("## ")[1], flags=re.MULTILINE
    )
    assert {key.split(".")[0] for key in keys} | {"notes"} == set(found)
    for key in keys:
        part = found
        for name in key.split("."):
            part = part[names.get(name, name)]
