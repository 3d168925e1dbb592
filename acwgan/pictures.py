"""Grids of images as people look at them: enlarged, each row with its name."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.images import enlarged, grid

#: Pixels that a grid is at least wide.
_WIDTH = 560
#: Height of the text, the most that a name is wide, and what is free on both sides of it.
_TEXT, _LONGEST, _GAP = 16, 112, 6
#: Nothing draws this character, so the font shows its sign for what it has not.
_UNDRAWN = "\uffff"


def labelled_grid(
    images: np.ndarray,
    columns: int,
    row_names: Sequence[str] | None = None,
    scale: int | None = None,
) -> np.ndarray:
    """Lay images out row by row, each pixel as a square of pixels, each row with its name.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, N a multiple of ``columns``; C 1 or 3.
        columns: Images a row.
        row_names: A name for each row, to its left. Long ones are shortened; for what the font
            cannot draw stands the number of the row, from 0.
        scale: Side of the square; the smallest with which the grid is 560 pixels wide if None.

    Returns:
        ``(rows * scale * H, margin + columns * scale * W)`` uint8, or the same with the axis C;
        without names there is no margin.

    Raises:
        ValueError: If N is not a multiple of ``columns``, or the names are not as many as the
            rows.

    Example:
        >>> labelled_grid(np.zeros((20, 28, 28, 1), np.uint8), columns=10).shape
        (112, 560, 1)
    """
    picture = grid(images, columns)
    if scale is None:
        scale = -(-_WIDTH // picture.shape[1])
    picture = enlarged(picture, scale)
    if row_names is None:
        return picture
    rows = len(images) // columns
    if len(row_names) != rows:
        raise ValueError(f"{len(row_names)} names for {rows} rows")
    names = _names(row_names, len(picture), picture.shape[0] // rows)
    if picture.ndim == 3:
        names = names[..., None].repeat(picture.shape[2], axis=2)
    return np.concatenate([names, picture], axis=1)


def _names(names, height, row):
    """The margin ``(height, width)`` uint8, white on black, each name in the middle of its row."""
    font = ImageFont.load_default(max(8, min(_TEXT, row - 2)))
    texts = [_shown(name, number, font) for number, name in enumerate(names)]
    width = round(max(map(font.getlength, texts))) + 2 * _GAP
    margin = Image.new("L", (width, height))
    draw = ImageDraw.Draw(margin)
    for number, text in enumerate(texts):
        middle = (width - _GAP, (number + 0.5) * row)
        draw.text(middle, text, fill="white", anchor="rm", font=font)
    return np.asarray(margin)


def _shown(name, number, font):
    """A name on one line that the font can draw and that is not too long."""
    name = " ".join(name.split())
    undrawn = bytes(font.getmask(_UNDRAWN))
    if not name or any(bytes(font.getmask(letter)) == undrawn for letter in set(name)):
        return str(number)
    if font.getlength(name) <= _LONGEST:
        return name
    while font.getlength(name + "…") > _LONGEST:
        name = name[:-1]
    return name.rstrip() + "…"
