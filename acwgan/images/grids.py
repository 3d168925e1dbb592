"""Grids of images as people look at them: enlarged, each row with its name."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.errors import UserError
from acwgan.files.untrusted import memory_limit

#: Pixels for a line of text.
_LINE = 12
#: Width in pixels that enlarged sample pictures have, about or at least.
PICTURE_WIDTH = 560
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
        scale = -(-PICTURE_WIDTH // picture.shape[1])
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


def grid(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images out row by row in one picture.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)``, N a multiple of ``columns``.
        columns: Images per row of the picture.

    Returns:
        ``(rows * H, columns * W)`` or ``(rows * H, columns * W, C)``, the dtype of ``images``.

    Raises:
        ValueError: If N is not a multiple of ``columns``.

    Example:
        >>> grid(np.zeros((20, 28, 28), np.uint8), columns=10).shape
        (56, 280)
    """
    count, height, width, *channels = images.shape
    rows, left_over = divmod(count, columns)
    if left_over:
        raise ValueError(f"{count} images do not fill rows of {columns}.")
    tiles = images.reshape(rows, columns, height, width, *channels)
    return tiles.swapaxes(1, 2).reshape(rows * height, columns * width, *channels)


def enlarged(picture: np.ndarray, scale: int) -> np.ndarray:
    """Every pixel as a square of pixels.

    Args:
        picture: ``(H, W)`` or ``(H, W, C)``.
        scale: Side of the square.

    Returns:
        ``(scale * H, scale * W)`` or ``(scale * H, scale * W, C)``.

    Raises:
        UserError: If it takes more than half of the free memory.

    Example:
        >>> enlarged(np.array([[1, 2]]), 2).tolist()
        [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    size, most = picture.size * scale**2, memory_limit()
    if most is not None and size > most:
        raise UserError(f"a picture of {size / 2**30:,.0f} GiB is too large; ask for less")
    return picture.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else picture


def filled(images: np.ndarray, columns: int) -> np.ndarray:
    """Images that fill their rows, the last one with black.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        columns: Images a row.

    Returns:
        The images, and up to ``columns - 1`` black ones.

    Example:
        >>> len(filled(np.ones((10, 2, 2)), columns=4))
        12
    """
    missing = -len(images) % columns
    return np.concatenate([images, np.zeros_like(images, shape=(missing, *images.shape[1:]))])


def captioned(images: np.ndarray, captions: Sequence[str], scale: int = 1) -> np.ndarray:
    """Images, each with a line of text below.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8.
        captions: N short texts.
        scale: Side of a pixel of the images.

    Returns:
        ``(N, scale * H + 12, scale * W)`` or the same with the axis C, uint8.
    """
    font = ImageFont.load_default(_LINE - 2)
    results = []
    for image, caption in zip(images, captions, strict=True):
        picture = enlarged(image, scale)
        line = np.zeros_like(picture, shape=(_LINE, *picture.shape[1:]))
        canvas = Image.fromarray(np.concatenate([picture, line]))
        draw = ImageDraw.Draw(canvas)
        centre = (canvas.width / 2, canvas.height - _LINE / 2)
        draw.text(centre, caption, fill="white", anchor="mm", font=font)
        results.append(np.asarray(canvas))
    return np.stack(results)
