"""Parameters of a test, of which some are among the long ones (``pytest -m long``)."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def parameters(values: Iterable[Any], is_long: Callable[[Any], bool]) -> list[Any]:
    """The values as parameters; those for which ``is_long`` is true have the mark ``long``."""
    return [pytest.param(value, marks=[pytest.mark.long] * is_long(value)) for value in values]
