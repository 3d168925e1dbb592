"""``acwgan --print-completion``: completion of commands and options in a shell."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from acwgan.cli.output import write

#: Shells that the script can be for.
SHELLS = ("bash", "zsh")


class PrintCompletion(argparse.Action):
    """Prints the completion script for the shell that is named, and ends the program."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Print the script for the shell ``values``."""
        import shtab  # Only here: each command would start later.

        kinds = {"PATH": shtab.FILE, "FILE": shtab.FILE, "IMAGES": shtab.FILE}
        kinds |= {"DIR": shtab.DIRECTORY, "RUN": shtab.DIRECTORY, "RUN2": shtab.DIRECTORY}
        for action in _actions(parser):
            if action.metavar in kinds:
                action.complete = kinds[action.metavar]  # type: ignore[attr-defined]  # Of shtab.
        write(shtab.complete(parser, str(values)) + "\n")
        parser.exit()


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
