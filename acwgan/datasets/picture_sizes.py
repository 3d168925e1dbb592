"""Decides the size of the images from the headers of the pictures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_list import counted
from acwgan.errors import DataError
from acwgan.images.sizes import Size

#: Largest height and width of a picture with ``fit="none"``.
MOST_SIDE = 1024
#: The side of the images that pictures become unless a size is given.
_SIDE = 64
#: ``fit`` -> what it does with a picture of another shape, for the note.
FITTED = {
    "crop": "cropped to the middle",
    "pad": "padded with the background",
    "stretch": "stretched",
}


class Header(NamedTuple):
    """What the header of a picture says.

    Attributes:
        name: Path of the file in its folder.
        size: Width and height, turned upright unless pictures stay as they are stored.
        gray: Whether the image is certain to be gray.
    """

    name: str
    size: tuple[int, int]
    gray: bool


class Sizes:
    """The sizes of pictures as they are read, and the size of the images that follows from them.

    Args:
        folder: The folder of the pictures, for messages.
        options: How pictures become images.
        several: Whether it is known already that there are pictures of several sizes.

    Example:
        >>> sizes = Sizes(Path("photos"), ReadOptions())
        >>> sizes.add(Header("x.png", (28, 28), True))
        >>> str(sizes.target), sizes.notes()
        ('28x28', [])
        >>> sizes.add(Header("y.png", (300, 200), True))
        >>> str(sizes.target)
        '64x64'
    """

    def __init__(self, folder: Path, options: ReadOptions, several: bool = False):
        self._folder, self._options, self._several = folder, options, several
        self._counts: Counter[tuple[int, int]] = Counter()
        self._first: Header | None = None

    def add(self, header: Header) -> None:
        """Take a picture into account.

        Args:
            header: Its header.

        Raises:
            DataError: If pictures that stay as they are have several sizes, or are too large.
        """
        self._first = self._first or header
        self._several = self._several or header.size != self._first.size
        self._counts[header.size] += 1
        if self._options.fit == "none":
            self._check_common(header, self._first)

    @property
    def target(self) -> Size:
        """The size that all images get, as far as the pictures up to now tell."""
        assert self._first
        return self.target_with(self._first)

    def target_with(self, header: Header) -> Size:
        """The size that all images get if there is this picture too.

        Args:
            header: Its header.
        """
        if self._options.fit == "none":
            return Size(*header.size)
        if self._options.size:
            return self._options.size
        others = self._several or (self._first is not None and self._first.size != header.size)
        as_it_is = not others and max(header.size) <= _SIDE
        return Size(*header.size) if as_it_is else Size(_SIDE, _SIDE)

    def notes(self) -> list[str]:
        """A note if pictures change their size."""
        target = self.target
        sizes = sorted(self._counts, key=lambda size: (size[0] * size[1], size))
        if self._options.fit == "none" or sizes == [target]:
            return []
        least, most = Size(*sizes[0]), Size(*sizes[-1])
        span = str(most) if len(sizes) == 1 else f"{least} to {most}"
        how = FITTED[self._options.fit]
        pictures = counted(self._counts.total(), "picture")
        note = f"{pictures} of {span} pixels become {target}, {how}"
        enlarged = sum(
            count
            for size, count in self._counts.items()
            if size[0] < target.width or size[1] < target.height
        )
        note += f", {enlarged:,} of them enlarged" if enlarged else ""
        note += "" if self._options.size else "; `image_size` and `fit` change this"
        return [note]

    def _check_common(self, header: Header, first: Header) -> None:
        size = Size(*header.size)
        fault = ""
        if header.size != first.size:
            fault = f", but {first.name} is {Size(*first.size)}"
        elif max(size) > MOST_SIDE:
            fault = f"; at most {MOST_SIDE}x{MOST_SIDE} is allowed"
        if fault:
            path = self._folder / header.name
            raise DataError(f"{path}: is {size}{fault}; pass `fit=crop`, pad or stretch.")
