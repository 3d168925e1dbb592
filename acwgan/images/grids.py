"""Grids of images: laid out row by row, enlarged, with names or captions."""

import functools
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.errors import UserError
from acwgan.files.untrusted import human_size, memory_limit
from acwgan.images.fonts import drawn_names, font_for

#: Height of a caption in pixels.
_CAPTION = 12
#: Width in pixels of enlarged sample pictures, about or at least.
PICTURE_WIDTH = 560
#: Largest font size and width of a row name, and the gap on both sides of it, in pixels.
_FONT_SIZE, _NAME_WIDTH, _GAP = 16, 112, 6
#: Smallest height of a row beside a name, in pixels.
_ROW = 12


def labelled_grid(
    images: np.ndarray,
    columns: int,
    row_names: Sequence[str] | None = None,
    scale: int | None = None,
    blocks: int = 1,
) -> np.ndarray:
    """Lay images out row by row, enlarged, with the name of each row to its left.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, N a multiple of ``columns``; C is 1 or 3.
        columns: Images per row.
        row_names: One name per row; no margin for names if None. Long names are shortened. A name
            that no font has the characters of is replaced: see ``fonts.drawn_names``.
        scale: Each pixel becomes a square of ``scale`` x ``scale`` pixels; the smallest scale that
            makes the grid at least 560 pixels wide, and leaves room for the names, if None.
        blocks: See ``grid``; each block has names to its left.

    Returns:
        ``(rows * scale * H, margin + columns * scale * W)`` uint8 for one block, with the axis C if
        ``images`` have it.

    Raises:
        ValueError: If N is not a multiple of ``columns``, or there are more or fewer names than
            rows.

    Example:
        >>> labelled_grid(np.zeros((20, 28, 28, 1), np.uint8), columns=10).shape
        (112, 560, 1)
    """
    parts = _blocks(images, columns, blocks)
    height, width = images.shape[1:3]
    if scale is None:
        scale = -(-PICTURE_WIDTH // (blocks * columns * width))
        if row_names is not None:
            scale = max(scale, -(-_ROW // height))
    pictures = [enlarged(grid(part, columns), scale) for part in parts]
    if row_names is not None:
        rows = len(images) // columns
        if len(row_names) != rows:
            raise ValueError(f"{len(row_names)} names for {rows} rows")
        names = [_shortened(name, scale * height) for name in drawn_names(row_names)]
        rows = len(parts[0]) // columns
        for number, picture in enumerate(pictures):
            part = names[number * rows : (number + 1) * rows]
            margin = _margin(part, len(picture), scale * height)
            if picture.ndim == 3:
                margin = margin[..., None].repeat(picture.shape[2], axis=2)
            pictures[number] = np.concatenate([margin, picture], axis=1)
    return np.concatenate(pictures, axis=1)


def _font_size(row: int) -> int:
    return max(8, min(_FONT_SIZE, row - 2))


def _margin(names: Sequence[str], height: int, row: int) -> np.ndarray:
    """The margin ``(height, width)`` uint8: white on black, each name centered on its row."""
    fonts = [font_for(name, _font_size(row)) for name in names]
    widths = [font.getlength(name) for font, name in zip(fonts, names, strict=True)]
    width = round(max(widths)) + 2 * _GAP
    margin = Image.new("L", (width, height))
    draw = ImageDraw.Draw(margin)
    for number, (name, font) in enumerate(zip(names, fonts, strict=True)):
        middle = (width - _GAP, (number + 0.5) * row)
        draw.text(middle, name, fill="white", anchor="rm", font=font)
    return np.asarray(margin)


@functools.lru_cache(maxsize=4096)
def _shortened(name: str, row: int) -> str:
    """A name that fits into the margin. Both of its ends stay: either may tell it from others."""
    font = font_for(name, _font_size(row))
    short, kept = name, len(name)
    if kept > _NAME_WIDTH:  # No letter is narrower than a pixel.
        short, kept = "", _NAME_WIDTH
    while not short or (font.getlength(short) > _NAME_WIDTH and kept):
        kept -= 1
        end = kept // 2
        short = f"{name[: kept - end].rstrip()}…{name[len(name) - end :].lstrip()}"
    return short


def grid(images: np.ndarray, columns: int, blocks: int = 1) -> np.ndarray:
    """Lay images out row by row in one picture.

    Args:
        images: ``(N, H, W)`` or ``(N, H, W, C)`` of any dtype, N a multiple of ``columns``.
        columns: Images per row.
        blocks: Blocks of rows, side by side like columns of a newspaper, so that many rows do not
            make a tall picture. The last one is filled up with black.

    Returns:
        ``(rows * H, columns * W)`` or ``(rows * H, columns * W, C)``, of the same dtype, for one
        block.

    Raises:
        ValueError: If N is not a multiple of ``columns``.

    Example:
        >>> grid(np.zeros((20, 28, 28), np.uint8), columns=10).shape
        (56, 280)
        >>> grid(np.zeros((100, 8, 8), np.uint8), columns=10, blocks=3).shape
        (32, 240)
    """
    height, width, *channels = images.shape[1:]
    pictures = []
    for part in _blocks(images, columns, blocks):
        tiles = part.reshape(-1, columns, height, width, *channels)
        pictures.append(tiles.swapaxes(1, 2).reshape(-1, columns * width, *channels))
    return np.concatenate(pictures, axis=1)


def _blocks(images: np.ndarray, columns: int, blocks: int) -> list[np.ndarray]:
    """The images of each block; all have as many rows as the first."""
    rows, left_over = divmod(len(images), columns)
    if left_over:
        raise ValueError(f"{len(images)} images do not fill rows of {columns}")
    size = -(-rows // blocks) * columns
    parts = (images[start : start + size] for start in range(0, len(images), size))
    return [filled(part, size) for part in parts]


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


def reduced(images: np.ndarray, factor: int) -> np.ndarray:
    """Shrink images: each pixel is the average of ``factor`` x ``factor`` pixels.

    Args:
        images: ``(N, H, W, 1)`` or ``(N, H, W, 3)`` uint8.
        factor: 1 or more.

    Returns:
        ``(N, ceil(H / factor), ceil(W / factor), C)`` uint8.

    Example:
        >>> reduced(np.array([[[[0], [4]], [[8], [12]]]], np.uint8), 2).ravel().tolist()
        [6]
    """
    if factor == 1:
        return images
    pictures = images[..., 0] if images.shape[3] == 1 else images
    small = [np.asarray(Image.fromarray(picture).reduce(factor)) for picture in pictures]
    return np.stack(small).reshape(len(images), *small[0].shape[:2], images.shape[3])


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
