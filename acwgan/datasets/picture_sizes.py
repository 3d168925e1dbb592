"""Decides the size of the images from the headers of the pictures."""

from __future__ import annotations

from collections.abc import Sequence
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
_FITTED = {
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
        pixels: Number of pixels in the file.
    """

    name: str
    size: tuple[int, int]
    gray: bool
    pixels: int


def image_size(
    folder: Path, headers: Sequence[Header], options: ReadOptions
) -> tuple[Size, list[str]]:
    """The size that all images get.

    Args:
        folder: The folder of the pictures, for messages.
        headers: The headers of all pictures, at least one.
        options: How pictures become images.

    Returns:
        The size, and a note if pictures change theirs.

    Raises:
        DataError: If pictures that stay as they are have several sizes, or are too large.

    Example:
        >>> headers = [Header("x.png", (28, 28), True, 784)]
        >>> image_size(Path("photos"), headers, ReadOptions())
        (Size(width=28, height=28), [])
    """
    if options.fit == "none":
        return _common_size(folder, headers), []
    sizes = sorted({header.size for header in headers}, key=lambda size: (size[0] * size[1], size))
    least, most = Size(*sizes[0]), Size(*sizes[-1])
    target = options.size
    if target is None:
        small = len(sizes) == 1 and max(most) <= _SIDE
        target = most if small else Size(_SIDE, _SIDE)
    if sizes == [target]:
        return target, []
    span = str(most) if len(sizes) == 1 else f"{least} to {most}"
    how = _FITTED[options.fit]
    note = f"{counted(len(headers), 'picture')} of {span} pixels become {target}, {how}"
    enlarged = sum(
        header.size[0] < target.width or header.size[1] < target.height for header in headers
    )
    note += f", {enlarged:,} of them enlarged" if enlarged else ""
    note += "" if options.size else "; `image_size` and `fit` change this"
    return target, [note]


def _common_size(folder: Path, headers: Sequence[Header]) -> Size:
    first = Size(*headers[0].size)
    other = next((header for header in headers if header.size != first), None)
    if other:
        raise DataError(
            f"{folder / other.name}: is {Size(*other.size)}, but {headers[0].name} is {first}; "
            "pass `fit=crop`, pad or stretch."
        )
    if max(first) > MOST_SIDE:
        raise DataError(
            f"{folder / headers[0].name}: is {first}; at most {MOST_SIDE}x{MOST_SIDE} is allowed; "
            "pass `fit=crop`, pad or stretch."
        )
    return first
