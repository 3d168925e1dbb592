"""Grids of images: laid out row by row, enlarged, with names or captions."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.errors import UserError
from acwgan.files.untrusted import human_size, memory_limit

#: Height of a caption in pixels.
_CAPTION = 12
#: Width in pixels of enlarged sample pictures, about or at least.
PICTURE_WIDTH = 560
#: Largest font size and width of a row name, and the gap on both sides of it, in pixels.
_FONT_SIZE, _NAME_WIDTH, _GAP = 16, 112, 6
#: No font has this character, so it is drawn as the sign for a missing character.
_MISSING = "\uffff"


def labelled_grid(
    images: np.ndarray,
    columns: int,
    row_names: Sequence[str] | None = None,
    scale: int | None = None,
) -> np.ndarray:
    """Lay images out row by row, enlarged, with the name of each row to its left.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, N a multiple of ``columns``; C is 1 or 3.
        columns: Images per row.
        row_names: One name per row; no margin for names if None. Long names are shortened. A name
            that the font cannot draw is replaced with the number of the row, counted from 0.
        scale: Each pixel becomes a square of ``scale`` x ``scale`` pixels; the smallest scale that
            makes the grid at least 560 pixels wide if None.

    Returns:
        ``(rows * scale * H, margin + columns * scale * W)`` uint8, with the axis C if ``images``
        have it.

    Raises:
        ValueError: If N is not a multiple of ``columns``, or there are more or fewer names than
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


def _names(names: Sequence[str], height: int, row: int) -> np.ndarray:
    """The margin ``(height, width)`` uint8: white on black, each name centered on its row."""
    font = ImageFont.load_default(max(8, min(_FONT_SIZE, row - 2)))
    texts = [_drawable(name, number, font) for number, name in enumerate(names)]
    width = round(max(map(font.getlength, texts))) + 2 * _GAP
    margin = Image.new("L", (width, height))
    draw = ImageDraw.Draw(margin)
    for number, text in enumerate(texts):
        middle = (width - _GAP, (number + 0.5) * row)
        draw.text(middle, text, fill="white", anchor="rm", font=font)
    return np.asarray(margin)


def _drawable(name: str, number: int, font) -> str:
    """The name on one line, shortened, or the number if the font cannot draw the name."""
    name = " ".join(name.split())
    missing = bytes(font.getmask(_MISSING))
    if not name or any(bytes(font.getmask(letter)) == missing for letter in set(name)):
        return str(number)
    if font.getlength(name) <= _NAME_WIDTH:
        return name
    while font.getlength(name + "…") > _NAME_WIDTH:
        name = name[:-1]
    return name.rstrip() + "…"


def grid(images: np.ndarray, columns: int) -> np.ndarray:
    """Lay images out row by row in one picture.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` of any dtype, N a multiple of ``columns``.
        columns: Images per row of the picture.

    Returns:
        ``(rows * H, columns * W)`` or ``(rows * H, columns * W, C)``, of the same dtype.

    Raises:
        ValueError: If N is not a multiple of ``columns``.

    Example:
        >>> grid(np.zeros((20, 28, 28), np.uint8), columns=10).shape
        (56, 280)
    """
    count, height, width, *channels = images.shape
    rows, left_over = divmod(count, columns)
    if left_over:
        raise ValueError(f"{count} images do not fill rows of {columns}")
    tiles = images.reshape(rows, columns, height, width, *channels)
    return tiles.swapaxes(1, 2).reshape(rows * height, columns * width, *channels)


def enlarged(picture: np.ndarray, scale: int) -> np.ndarray:
    """Repeat each pixel of a picture in a square of ``scale`` x ``scale`` pixels.

    Args:
        picture: ``(H, W)`` or ``(H, W, C)``.
        scale: 1 or more.

    Returns:
        ``(scale * H, scale * W)`` or ``(scale * H, scale * W, C)``.

    Raises:
        UserError: If the result takes more than half of the free memory.

    Example:
        >>> enlarged(np.array([[1, 2]]), 2).tolist()
        [[1, 1, 2, 2], [1, 1, 2, 2]]
    """
    size, limit = picture.nbytes * scale**2, memory_limit()
    if limit is not None and size > limit:
        raise UserError(
            f"a picture of {human_size(size)} is too large; at most {human_size(limit)} is "
            "allowed, half of the free memory"
        )
    return picture.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else picture


def filled(images: np.ndarray, columns: int) -> np.ndarray:
    """Append black images until the last row is full.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)``.
        columns: Images per row.

    Returns:
        The images, followed by up to ``columns - 1`` black ones.

    Example:
        >>> len(filled(np.ones((10, 2, 2)), columns=4))
        12
    """
    missing = -len(images) % columns
    return np.concatenate([images, np.zeros_like(images, shape=(missing, *images.shape[1:]))])


def captioned(images: np.ndarray, captions: Sequence[str], scale: int = 1) -> np.ndarray:
    """Enlarge images and write a line of text below each.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, 3)`` uint8.
        captions: N short texts.
        scale: Each pixel becomes a square of ``scale`` x ``scale`` pixels.

    Returns:
        ``(N, scale * H + 12, scale * W)`` or ``(N, scale * H + 12, scale * W, 3)`` uint8.
    """
    font = ImageFont.load_default(_CAPTION - 2)
    results = []
    for image, caption in zip(images, captions, strict=True):
        picture = enlarged(image, scale)
        line = np.zeros_like(picture, shape=(_CAPTION, *picture.shape[1:]))
        canvas = Image.fromarray(np.concatenate([picture, line]))
        draw = ImageDraw.Draw(canvas)
        center = (canvas.width / 2, canvas.height - _CAPTION / 2)
        draw.text(center, caption, fill="white", anchor="mm", font=font)
        results.append(np.asarray(canvas))
    return np.stack(results)
