"""Words of the command line as values, and the one line for a bad one."""

import math
import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from acwgan.errors import UserError


def whole(option: str, text: str, at_least: int, at_most: int | None = None) -> int:
    """A whole number.

    Args:
        option: Its name, as ``--rows``.
        text: What was given.
        at_least: The smallest allowed.
        at_most: The largest allowed; None for any.

    Returns:
        The number.

    Raises:
        UserError: If it is none, or out of the range.

    Example:
        >>> whole("--rows", "3", at_least=1)
        3
    """
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or value < at_least or (at_most is not None and value > at_most):
        bounds = f"of at least {at_least}" if at_most is None else f"from {at_least} to {at_most}"
        raise refused(option, text, f"a whole number {bounds}")
    return value


def share(option: str, text: str, zero: bool) -> float:
    """A number up to 1.

    Args:
        option: Its name.
        text: What was given.
        zero: Whether 0 is allowed.

    Returns:
        The number.

    Raises:
        UserError: If it is none, or out of the range.

    Example:
        >>> share("--truncation", "0.7", zero=False)
        0.7
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (0 < value <= 1 or (zero and value == 0)):
        raise refused(option, text, "a number " + ("from 0 to 1" if zero else "above 0, up to 1"))
    return value


def above_zero(option: str, text: str) -> float:
    """A number above 0.

    Args:
        option: Its name.
        text: What was given.

    Returns:
        The number.

    Raises:
        UserError: If it is none, or not above 0, or infinite.

    Example:
        >>> above_zero("--steps-per-second", "2.5")
        2.5
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise refused(option, text, "a number above 0")
    return value


def choice(option: str, text: str, allowed: tuple[str, ...]) -> str:
    """One of a few words.

    Args:
        option: Its name.
        text: What was given.
        allowed: The words.

    Returns:
        The word.

    Raises:
        UserError: If it is another one.
    """
    if text not in allowed:
        raise refused(option, text, ", ".join(allowed))
    return text


def check_ending(option: str, path: Path, allowed: str) -> None:
    """Refuse a name that does not say what is in the file.

    Args:
        option: Its name.
        path: What was given.
        allowed: How the name must end, as ``.png``.

    Raises:
        UserError: If it ends otherwise.
    """
    if path.suffix.lower() != allowed:
        raise refused(option, str(path), f"a name that ends in {allowed}")


def named_runs(runs: Sequence[str | Path]) -> dict[str, Path]:
    """Run folders by their names, with as many parents as tell them apart.

    Args:
        runs: Their paths.

    Returns:
        Name -> path, in their order.

    Raises:
        UserError: If one is given twice.

    Example:
        >>> list(named_runs(["a/run", "b/run"]))
        ['a/run', 'b/run']
    """
    # Not resolve(): a link is called what the user calls it.
    parts = [Path(os.path.abspath(run)).parts for run in runs]
    named = {}
    for run, own in zip(runs, parts, strict=True):
        if parts.count(own) > 1:
            raise UserError(f"{run}: is given twice")
        depth = next(n for n in count(1) if [p[-n:] for p in parts].count(own[-n:]) == 1)
        named["/".join(own[-depth:])] = Path(run)
    return named


def as_option(name: str) -> str:
    """The option of a field or an argument.

    Args:
        name: As ``batch_size``.

    Returns:
        As ``--batch-size``.
    """
    return "--" + name.replace("_", "-")


def refused(option: str, text: str, allowed: str) -> UserError:
    """The error for a bad value.

    Args:
        option: Its name.
        text: What was given.
        allowed: What is allowed.

    Returns:
        The error, to be raised.
    """
    return UserError(f"{option}: {text!r} is not allowed; allowed: {allowed}")
