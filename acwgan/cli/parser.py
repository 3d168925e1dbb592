"""``argparse`` with the habits of this command line."""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn, TypeAlias

from acwgan.cli.output import note

_ABSENT = object()
#: What ``add_subparsers`` returns; each command adds its parser to it.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


class Parser(argparse.ArgumentParser):
    """A parser of the command line or of one command.

    An option is also taken with underscores, as ``--n_critic``. A mistake is one line. The parsed
    arguments have two attributes more: ``given``, argument -> value of those that are on the
    command line; and ``spelled``, argument -> what it is called there, as ``--run-dir`` or
    ``RUN``.
    """

    def __init__(self, **options: Any):
        super().__init__(allow_abbrev=False, **options)

    def parse_known_args(  # type: ignore[override]  # The overloads of typeshed, joined.
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse the words that are known.

        Args:
            args: Words after the name of the program; those of the process if None.
            namespace: Gets the arguments as attributes; a new one if None.

        Returns:
            The arguments, and the words that are not known.
        """
        own = [a for a in self._actions if argparse.SUPPRESS not in (a.dest, a.default)]
        namespace = namespace or argparse.Namespace()
        # Defaults are set afterwards: what is no longer absent then was given.
        vars(namespace).update({action.dest: _ABSENT for action in own})
        words = list(_with_dashes(sys.argv[1:] if args is None else args))
        rest = super().parse_known_args(words, namespace)[1]
        given = vars(namespace).setdefault("given", {})
        spelled = vars(namespace).setdefault("spelled", {})
        # Several options may set one attribute.
        values = {action.dest: getattr(namespace, action.dest) for action in own}
        for action in own:
            value = values[action.dest]
            # argparse itself sets the default of a positional argument that is left out.
            if value is _ABSENT or (not action.option_strings and value is action.default):
                setattr(namespace, action.dest, action.default)
            else:
                given[action.dest] = value
            spelled[action.dest] = str([*action.option_strings, action.metavar][0])
        return namespace, rest

    def error(self, message: str) -> NoReturn:
        """End the program with one line, in the form of the library's errors.

        Args:
            message: Message of argparse.
        """
        message = re.sub(r"^argument ([^\s/:]+)[^\s:]*", r"\1", message)
        message = re.sub(r"^(\S+): (?=must )", r"\1 ", message)
        choice = re.search(r": invalid choice: (.*) \(choose from (.*)\)$", message)
        if choice:
            allowed = choice[2].replace("'", "")
            message = f"{message[: choice.start()]} must be one of {allowed}, got {choice[1]}"
        note(f"{self.prog}: {message}", f" (see {self.prog} --help)")
        self.exit(2)


def _with_dashes(words: Iterable[str]) -> Iterator[str]:
    """``--n_critic=3`` -> ``--n-critic=3``, for all words before a lone ``--``."""
    words = iter(words)
    for word in words:
        if word == "--":
            yield word
            yield from words
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            yield name.replace("_", "-") + equals + value
        else:
            yield word
