"""Words of the command line as values, and the one line for a bad one."""

import math
import re
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


def as_option(name: str) -> str:
    """The option of a field or an argument.

    Args:
        name: As ``batch_size``.

    Returns:
        As ``--batch-size``.
    """
    return "--" + name.replace("_", "-")


def with_options(message: str) -> str:
    """A message of the library in the words of the command line.

    Args:
        message: With parameters in backticks.

    Returns:
        The same with options: `name`, `name=value` and `name=True` are ``--name``,
        ``--name value`` and ``--name``.

    Example:
        >>> with_options("`batch_size` must be 1 or more; pass `resume=True`, or `clip_value=None`")
        '--batch-size must be 1 or more; pass --resume, or --clip-value none'
    """

    def option(found: re.Match) -> str:
        name, value = as_option(found[1]), found[2]
        if value == "False":
            return name.replace("--", "--no-", 1)
        return name if value in (None, "True") else f"{name} {'none' if value == 'None' else value}"

    message = re.sub(r"`([a-z]\w*)(?:=([^`]+))?`", option, message)
    return re.sub(r"(?<=must be )(.*?)\b(None|True|False)\b", lambda word: word[0].lower(), message)


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
