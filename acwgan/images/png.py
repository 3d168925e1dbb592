"""Picture files: untrusted PNG and JPEG files are opened here, and PNG files are written."""

import contextlib
import io
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.errors import DataError
from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import read_untrusted
from acwgan.messages import either

#: Largest size of a picture file in bytes.
_MAX_BYTES = 256 << 20


class PictureError(DataError):
    """A file is not the picture that is asked for. The message names the file."""


@contextlib.contextmanager
def open_picture(path: str | Path, formats: Sequence[str] = ("PNG",)) -> Iterator[Image.Image]:
    """Open an untrusted picture. Only its header is read; the pixels follow when they are used.

    Args:
        path: Path of the file, of at most 256 MiB.
        formats: Pillow's names of the formats that are allowed.

    Yields:
        The picture.

    Raises:
        PictureError: If the header, or the pixels when they are used, cannot be decoded.
        OSError: If the file cannot be read, is not a regular file, or is too large.
    """
    # From memory: given a file, Pillow allocates whatever length a chunk of it claims.
    content = io.BytesIO(read_untrusted(path, _MAX_BYTES))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # About large pictures: callers check the size.
            image = Image.open(content, formats=tuple(formats))
        with image:
            yield image
    except (Image.DecompressionBombError, SyntaxError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        # The OSErrors of Pillow have no errno and only tell the address of the buffer.
        reason = "" if isinstance(error, OSError) else f" ({error})"
        fault = f"is not a {either(formats)} picture that can be read{reason}"
        raise PictureError(f"{path}: {fault}; replace or remove it.") from error


def check_pictures(
    paths: Sequence[Path],
    max_side: int,
    formats: Sequence[str] = ("PNG",),
    grey_modes: Sequence[str] = ("L",),
    color_modes: Sequence[str] = ("RGB",),
) -> tuple[tuple[int, int], bool]:
    """Check the headers of pictures that belong together. No pixel is read.

    Args:
        paths: Paths of the files, at least one.
        max_side: Largest width and height in pixels.
        formats: Pillow's names of the formats that are allowed.
        grey_modes: Pillow's modes that count as grey.
        color_modes: Pillow's modes that count as color.

    Returns:
        The size (width, height) of all pictures, and whether all of them are grey.

    Raises:
        PictureError: Naming the first file that is not such a picture, or differs in size from
            the first one.
        OSError: If a file cannot be read.
    """
    first = None
    all_grey = True
    for path in paths:
        with open_picture(path, formats) as image:
            size, mode = image.size, image.mode
            if "transparency" in image.info:
                mode += " with transparency"
        if max(size) > max_side:
            raise PictureError(
                f"{path}: is {size_in_words(size)}; at most {max_side}x{max_side} is allowed."
            )
        if mode not in (*grey_modes, *color_modes):
            raise PictureError(
                f"{path}: has pixels of the mode {mode}; they must be grey or RGB with 8 bits, "
                "without transparency."
            )
        first = first or size
        if size != first:
            raise PictureError(
                f"{path}: is {size_in_words(size)}, but {paths[0]} is {size_in_words(first)}; all "
                "pictures must have the same size."
            )
        all_grey = all_grey and mode in grey_modes
    if first is None:
        raise ValueError("there are no pictures to check")
    return first, all_grey


def size_in_words(size: tuple[int, int]) -> str:
    """The size (width, height) of a picture in words.

    Example:
        >>> size_in_words((640, 480))
        '640x480'
    """
    return f"{size[0]}x{size[1]}"


def save_png(path: str | Path, picture: np.ndarray) -> None:
    """Write one picture as a PNG file.

    Args:
        path: Path of the new file. Its folder is created.
        picture: ``(H, W)``, ``(H, W, 1)`` or ``(H, W, 3)`` uint8.
    """
    image = Image.fromarray(picture.squeeze(-1) if picture.shape[2:] == (1,) else picture)
    with whole_file(path) as partial:
        image.save(partial, format="PNG")
