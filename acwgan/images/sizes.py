"""Sizes of pictures in words. Nothing heavy is imported here."""

from __future__ import annotations

import re
from typing import NamedTuple


class Size(NamedTuple):
    """The size of a picture in pixels. Its text form is ``64x96``, width first."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @classmethod
    def parse(cls, text: str) -> Size | None:
        """The size that a text stands for.

        Args:
            text: The side of a square, as "64", or width and height, as "64x96".

        Returns:
            The size; None if the text is something else.

        Example:
            >>> Size.parse("64"), Size.parse("64x96"), Size.parse("x")
            (Size(width=64, height=64), Size(width=64, height=96), None)
        """
        found = re.fullmatch(r"([0-9]{1,4})(?:[xX×]([0-9]{1,4}))?", text)
        return cls(int(found[1]), int(found[2] or found[1])) if found else None
