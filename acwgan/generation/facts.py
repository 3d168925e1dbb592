"""What a bug report needs to know of the generator in the package."""

from collections.abc import Iterator

import numpy as np

from acwgan.files.bundled import KNOWN_DIGITS
from acwgan.generation.loading import load
from acwgan.images.png import open_picture

#: What the known picture shows, and its seed.
_TEXT, _SEED = "0123456789", 0
#: Processors round differently, which may move a pixel by one grey level.
_ROUNDING = 1


def draw_facts() -> Iterator[tuple[str, str]]:
    """Draw digits with the generator in the package, and compare them with known pixels.

    Yields:
        A fact: what it is of, and the fact. What begins with "problem" is one.
    """
    drawn = known_digits()
    yield "draw", f"{len(_TEXT)} digits without TensorFlow"
    with open_picture(KNOWN_DIGITS) as picture:
        difference = int(np.abs(drawn.astype(int) - np.asarray(picture, int)).max())
    if difference <= _ROUNDING:
        yield "pixels", "those that are known" + " but for rounding" * difference
    else:
        yield "pixels", f"problem: up to {difference} grey levels from the known ones"


def known_digits() -> np.ndarray:
    """The digits of ``KNOWN_DIGITS`` as this machine draws them, ``(28, 280)`` uint8."""
    return np.hstack([*load().generate(_TEXT, seed=_SEED)])
