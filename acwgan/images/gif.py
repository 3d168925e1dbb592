"""Pictures that move: paths through the space of latents and between classes, and GIF files."""

import io
import struct
from collections.abc import Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image, ImageChops

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file

#: Seconds that the last picture stays.
LAST_SECONDS = 2
#: Level of a pixel -> the one of 32 that stands for it where a GIF of all would be twice as large,
#: mostly for noise that nobody sees. Black and white stay.
LEVELS = (np.arange(256) // 8 * 255 // 31).astype(np.uint8)
#: Width and height that the format can say.
_MOST_SIDE = 65_535
#: Milliseconds that a frame is shown.
_DURATION = 80


def save_gif(path: str | Path, pictures: Iterable[np.ndarray]) -> None:
    """Write pictures as a GIF that runs for ever; its grey levels are exact.

    Args:
        path: Of the file; its folder is made.
        pictures: Of the frames, each ``(H, W)`` or ``(H, W, 3)`` uint8.
    """
    with whole_file(path) as partial, partial.open("wb") as file:
        write_gif(file, pictures, _DURATION)


def write_gif(
    file: BinaryIO, pictures: Iterable[np.ndarray], milliseconds: int | Sequence[int]
) -> None:
    """Write pictures as a GIF that runs for ever, one by one: no two are in memory for long.

    Grey levels are exact. So are the colours of a picture with at most 256 of them; one with more
    gets the 256 that suit it best. A picture holds only what changed since the one before.

    Args:
        file: To write to.
        pictures: Of the frames, each ``(H, W)`` or ``(H, W, 3)`` uint8, all alike.
        milliseconds: How long a frame is shown, or each of them. A GIF counts in 10 ms: the sums
            are rounded, so that nothing drifts. Browsers show less than 20 ms as 100.

    Raises:
        UserError: If they are larger than a GIF can be.
        ValueError: Without a picture, or if one is of another shape than the first.
    """
    durations = repeat(milliseconds) if isinstance(milliseconds, int) else milliseconds
    before, shape, elapsed = None, None, 0
    # Not Pillow's save_all, which keeps all frames in memory and joins those that look the same.
    for picture, duration in zip(pictures, durations, strict=durations is milliseconds):
        image = Image.fromarray(picture)
        if before is None:
            shape = picture.shape
            if max(image.size) > _MOST_SIDE:
                what = f"{image.width}x{image.height} pixels"
                raise UserError(f"a GIF of {what} is too large; at most {_MOST_SIDE} each way")
            file.write(_gif_header(image))
            box = (0, 0, *image.size)
        else:
            if picture.shape != shape:
                raise ValueError(f"a frame of shape {picture.shape} after {shape}")
            # A single pixel where nothing changed: each picture stays a frame.
            box = ImageChops.difference(before, image).getbbox() or (0, 0, 1, 1)
        hundredths = round((elapsed + duration) / 10) - round(elapsed / 10)
        elapsed, before = elapsed + duration, image
        file.writelines(_gif_frame(image.crop(box), box[:2], hundredths))
    if before is None:
        raise ValueError("a GIF needs a frame")
    file.write(b";")


def _gif_header(image):
    """Up to the first frame: the size, all grey levels as the palette, "again and again"."""
    size = struct.pack("<HHBBB", *image.size, 0xF7, 0, 0)
    greys = np.arange(256, dtype=np.uint8).repeat(3).tobytes()
    return b"GIF89a" + size + greys + b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _gif_frame(image, offset, hundredths):
    """The bytes of a frame, in portions; it stays under the next one (disposal 1)."""
    colours = image.mode != "L"
    if colours:
        image = image.quantize(256)
    return GifImagePlugin.getdata(
        image, offset, duration=10 * hundredths, disposal=1, include_color_table=colours
    )


def gif(frames: Iterable[np.ndarray], milliseconds: int | Sequence[int]) -> bytes:
    """An animated GIF that runs for ever; see ``animation.write_gif``.

    Args:
        frames: Each ``(H, W)`` or ``(H, W, 3)`` uint8, all alike, at least one; grey levels are
            exact.
        milliseconds: How long a frame is shown, or each of them.

    Returns:
        The bytes of the file.
    """
    file = io.BytesIO()
    write_gif(file, frames, milliseconds)
    return file.getvalue()
