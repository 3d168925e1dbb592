"""Pixels: the one place that converts between uint8 and [-1, 1], and lays images out in grids."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.errors import UserError
from acwgan.files import memory_limit, read_plain, whole_file

#: Bytes of a picture's file.
_MOST = 256 << 20


def to_float(images):
    """Map pixels 0..255 to [-1, 1]: ``x / 127.5 - 1``.

    Works on NumPy arrays and on float TensorFlow tensors alike (cast integers first).

    Args:
        images: Any shape, values 0..255, a floating dtype (or a NumPy integer array).

    Returns:
        The same shape, values in [-1, 1].

    Example:
        >>> to_float(np.array([0.0, 127.5, 255.0])).tolist()
        [-1.0, 0.0, 1.0]
    """
    return images / 127.5 - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Map [-1, 1] to pixels 0..255: ``clip(rint((x + 1) * 127.5), 0, 255)``.

    Args:
        images: Any shape, a floating dtype; values outside [-1, 1] are clipped.

    Returns:
        The same shape, uint8.

    Example:
        >>> to_uint8(np.array([-1.0, 0.0, 1.0])).tolist()
        [0, 128, 255]
    """
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


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


def open_picture(path: str | Path, kinds: Sequence[str] = ("PNG",)) -> Image.Image:
    """A picture of unknown origin; only its header is unpacked.

    Args:
        path: Of the file.
        kinds: Pillow's names of the formats that it may have.

    Returns:
        The picture, its pixels not yet read.

    Raises:
        OSError: If it cannot be read, is no plain file, or larger than 256 MiB; without ``errno``,
            and then as SyntaxError or ValueError, if it is no such picture.
    """
    # From memory: from a file, Pillow allocates what a part of it says of its own length.
    content = io.BytesIO(read_plain(path, _MOST))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of a large picture: callers refuse it by its size.
        return Image.open(content, formats=kinds)


def save_png(path: str | Path, picture: np.ndarray) -> None:
    """Write one picture.

    Args:
        path: Of the file; its folder is made.
        picture: ``(H, W)``, ``(H, W, 1)`` or ``(H, W, 3)`` uint8.
    """
    image = Image.fromarray(picture.squeeze(-1) if picture.shape[2:] == (1,) else picture)
    with whole_file(path) as partial:
        image.save(partial, format="PNG")
