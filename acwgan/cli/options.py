"""Types of options, options that exclude or need each other, and parameters shown as options."""

import argparse
import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from acwgan.datasets.registry import DATASETS
from acwgan.errors import ParameterError, Range, UserError
from acwgan.files.endings import check_ending
from acwgan.messages import either


@dataclasses.dataclass(frozen=True)
class Number:
    """The type of an option that takes a number; its text form is the range, for help texts.

    Attributes:
        allowed: Range of the number.
        none: Whether the word ``none`` is taken too, as None.

    Example:
        >>> rows = Number(Range(whole=True, at_least=1))
        >>> rows("3"), str(rows)
        (3, 'a whole number, 1 or more')
    """

    allowed: Range
    none: bool = False

    def __str__(self) -> str:
        return f"{self.allowed} or none" if self.none else str(self.allowed)

    def __call__(self, text: str) -> float | None:
        """The number that a text stands for.

        Args:
            text: Word of the command line.

        Returns:
            An int where the range is of whole numbers, else a float; None for ``none``.

        Raises:
            argparse.ArgumentTypeError: If the text is not a number in the range.
        """
        if self.none and text == "none":
            return None
        try:
            value = int(text) if self.allowed.whole else float(text)
        except ValueError:
            value = None
        if value is None or value not in self.allowed:
            got = repr(text) if value is None else text
            raise argparse.ArgumentTypeError(f"must be {self}, got {got}")
        return value


#: The seed of random numbers that NumPy draws.
SEED = Number(Range(whole=True, at_least=0))
#: The seed of random numbers that TensorFlow draws too.
TENSORFLOW_SEED = Number(Range(whole=True, at_least=0, at_most=2**31 - 1))


def file(*endings: str) -> Callable[[str], Path]:
    """The type of an option that takes the path of a new file.

    Args:
        *endings: Endings that its name may have, as ``.png``.

    Returns:
        A function for argparse's ``type``.

    Example:
        >>> file(".png")("curves.png").name
        'curves.png'
    """

    def parse(text: str) -> Path:
        try:
            check_ending("file", text, *endings)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(error.faults["file"]) from error
        return Path(text)

    return parse


def class_names(text: str) -> str:
    """The type of an option that takes names of classes, which are UTF-8 in every locale.

    Args:
        text: Word of the command line, as Python decoded it with the encoding of the locale.

    Returns:
        The same bytes read as UTF-8; the text itself if they are not.
    """
    try:
        return os.fsencode(text).decode("utf-8")
    except UnicodeError:
        return text


def per_class(numbers: Number) -> Callable[[str], Any]:
    """The type of an option that takes one number for all classes, or one for each by name.

    Args:
        numbers: The range of the one number.

    Returns:
        A function for argparse's ``type``; it gives an int, or a text as ``cat=500,dog=20``.

    Example:
        >>> per_class(Number(Range(whole=True)))("cat=500,dog=20")
        'cat=500,dog=20'
    """

    def parse(text: str) -> float | str | None:
        return class_names(text) if "=" in text else numbers(text)

    return parse


def dataset(text: str) -> str:
    """The type of an option that takes a data set: a path, or a name in any usual spelling.

    Args:
        text: Word of the command line.

    Returns:
        The name in ``DATASETS`` if the text is a spelling of it and not an existing path; else
        the text.

    Example:
        >>> dataset("CIFAR-10"), dataset("fashion-mnist"), dataset("digits.npz")
        ('cifar10', 'fashion_mnist', 'digits.npz')
    """
    names = {re.sub("[-_]", "", name): name for name in DATASETS}
    spelled = re.sub("[-_]", "", text.lower())
    return text if Path(text).exists() else names.get(spelled, text)


class Combinations(NamedTuple):
    """The options of a command that exclude or need each other.

    Options have the names that they have among the parsed arguments, as ``per_class``;
    ``format=npz`` is an option with this value. A comma separates several.

    Attributes:
        one_of: Exactly one of these must be given; empty for no such rule.
        apart: Option -> options that must not be given with it.
        needs: Option -> options of which one or more must be given with it.

    Example:
        >>> Combinations(apart={"resume": "overwrite"}).check({"resume": True, "seed": 3})
    """

    one_of: str = ""
    apart: Mapping[str, str] = {}
    needs: Mapping[str, str] = {}

    def check(self, given: Mapping[str, Any]) -> None:
        """Refuse options that do not go together.

        Args:
            given: Option -> value of all options that are given, defaults left out.

        Raises:
            UserError: If a rule is broken; the options stand in backticks.
        """

        def holds(option: str) -> bool:
            name, _, value = option.partition("=")
            return name in given and value in ("", given[name])

        choices = self.one_of.split(", ") if self.one_of else []
        pairs = [(one, other) for n, one in enumerate(choices) for other in choices[:n]]
        pairs += [(one, other) for one, row in self.apart.items() for other in row.split(", ")]
        for one, other in pairs:
            if holds(one) and holds(other):
                raise UserError(f"{_quoted(one)} and {_quoted(other)} do not go together")
        for option, row in self.needs.items():
            if holds(option) and not any(map(holds, row.split(", "))):
                raise UserError(f"{_quoted(option)} needs {_one_of(row.split(', '))}")
        if choices and not any(map(holds, choices)):
            raise UserError(f"{_one_of(choices)} must be given")


def _quoted(option: str) -> str:
    # A command, as "acwgan launch", is shown as it is.
    return option if " " in option else f"`{option}`"


def _one_of(options: list[str]) -> str:
    return either([_quoted(option) for option in options])


def as_option(name: str) -> str:
    """The option of a parameter: ``batch_size`` is ``--batch-size``."""
    return "--" + name.replace("_", "-")


def with_options(message: str, spelled: Mapping[str, str] | None = None) -> str:
    """A message of the library in the words of the command line.

    Args:
        message: Message with parameters in backticks.
        spelled: Parameter -> argument of the command, where it is not the option of that name.

    Returns:
        The message with options: `name`, `name=value` and `name=True` are ``--name``,
        ``--name value`` and ``--name``.

    Example:
        >>> with_options("`batch_size` must be 1 or more; pass `resume=True`, or `clip_value=None`")
        '--batch-size must be 1 or more; pass --resume, or --clip-value none'
        >>> with_options("`runs` must have different names", {"runs": "RUN"})
        'RUN must have different names'
    """

    def option(found: re.Match[str]) -> str:
        name, value = (spelled or {}).get(found[1], as_option(found[1])), found[2]
        if value == "False":
            return name.replace("--", "--no-", 1)
        return name if value in (None, "True") else f"{name} {'none' if value == 'None' else value}"

    message = re.sub(r"`([a-z]\w*)(?:=([^`]+))?`", option, message)
    return re.sub(r"\b(be|or|got) (None|True|False)\b", lambda found: found[0].lower(), message)
