"""Errors that a user can fix, notices, and the ranges of numbers."""

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any


class UserError(Exception):
    """An error that a user can fix.

    The message is one line: what is wrong, its value, what is allowed, and what to do. Parameters
    stand in backticks, as in "pass `resume=True`"; the command line replaces them with options,
    ``--resume``.
    """

    #: Exit status of a command that ends with this error.
    status = 2


class ParameterError(UserError, ValueError):
    """One or more parameters have values that are not allowed.

    Args:
        faults: Parameter -> what is wrong with it, such as "must be 1 or more, got 0".

    Attributes:
        faults: The argument of the same name.

    Example:
        >>> print(ParameterError({"scale": "must be 1 or more, got 0"}))
        `scale` must be 1 or more, got 0
    """

    def __init__(self, faults: Mapping[str, str]):
        self.faults = dict(faults)
        super().__init__("; ".join(f"`{name}` {fault}" for name, fault in faults.items()))


class DataError(UserError):
    """Data is missing or not as it should be. The message names the file."""


class UserNotice(UserWarning):
    """A warning for the user, in one line. The command line prints it and continues."""


def reason_of(error: BaseException, with_type: bool = False) -> str:
    r"""Why a library failed, in one line, where its message has many.

    Keras wraps the error of a layer in others, which begin with what was being tried.

    Args:
        error: The error.
        with_type: Whether the type of the error comes first.

    Example:
        >>> reason_of(TypeError("no such layer\n\nconfig={...}"))
        'no such layer'
        >>> reason_of(TypeError("no such layer"), with_type=True)
        'TypeError: no such layer'
        >>> reason_of(KeyError())
        'KeyError'
    """
    while error.__context__ is not None:
        error = error.__context__
    text = re.sub(r"\x1b\[\d*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        del lines[0]
    kind = type(error).__name__
    if not lines:
        return kind
    # A layer's whole config follows, and would fill the screen.
    reason = lines[0].partition(" Full object config")[0].removesuffix(".")
    return f"{kind}: {reason}" if with_type else reason


@dataclasses.dataclass(frozen=True)
class Range:
    """The range of a number.

    Attributes:
        whole: Whether the number must be whole.
        at_least: Lower bound, included.
        above: Lower bound, excluded.
        at_most: Upper bound, included.
        below: Upper bound, excluded.

    Example:
        >>> print(Range(whole=True, at_least=1))
        a whole number, 1 or more
        >>> print(Range(above=0, at_most=1))
        above 0 and at most 1
    """

    whole: bool = False
    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def __contains__(self, value: Any) -> bool:
        """Whether a value is a finite number in the range. Booleans are not numbers."""
        kinds = int if self.whole else (int, float)
        return (
            isinstance(value, kinds)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        """The range in words that follow "must be"."""
        bounds = []
        if self.at_least is not None and self.at_most is not None:
            bounds.append(f"from {self.at_least} to {self.at_most}")
        elif self.at_least is not None:
            bounds.append(f"{self.at_least} or more")
        if self.above is not None:
            bounds.append(f"above {self.above}")
        if self.at_most is not None and self.at_least is None:
            bounds.append(f"at most {self.at_most}")
        if self.below is not None:
            bounds.append(f"below {self.below}")
        words = " and ".join(bounds)
        if not self.whole:
            return words or "a number"
        joint = " " if words.startswith("from") else ", "
        return f"a whole number{joint if words else ''}{words}"

    def check(self, name: str, value: Any) -> None:
        """Refuse a value outside the range.

        Args:
            name: Name of the parameter.
            value: Value of the parameter.

        Raises:
            ParameterError: If the value is not a number in the range.
        """
        if value not in self:
            raise ParameterError({name: f"must be {self}, got {value!r}"})
