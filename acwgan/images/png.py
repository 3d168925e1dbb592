"""PNG files: pictures of unknown origin are opened here, and pictures written."""

import io
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import read_plain

#: Bytes of a picture's file.
_MOST = 256 << 20


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
