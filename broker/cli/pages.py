"""`docs/commands.md`, made from the commands themselves so that it never goes stale."""

from collections.abc import Iterator
from typing import Any

import typer.main

HEAD = "# Commands\n\nExit codes: 0 done, 1 something is refused or not as it should be, 2 it could not be done.\n"


def commands(app: typer.Typer) -> str:
    """The page: every command with its arguments and options, in the order of `broker --help`."""
    group: Any = typer.main.get_group(app)
    return "\n".join([HEAD, _section("", group), *(_section(name, command) for name, command in _named(group))])


def _named(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name; those of a group one by one."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _named(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _section(name: str, command: Any) -> str:
    lines = [f"## broker {name}".rstrip(), "", (command.help or "").strip(), "", *_rows(command)]
    return "\n".join(lines) + "\n"


def _rows(command: Any) -> Iterator[str]:
    yield "| argument or option | meaning |"
    yield "|---|---|"
    for parameter in command.params:
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        told = getattr(parameter, "help", None) or ""
        yield f"| {names} | {told} |"
