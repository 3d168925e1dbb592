"""Animated GIF files, written frame by frame."""

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

#: Seconds for which a video shows its last picture.
LAST_SECONDS = 2
#: Maps 256 grey levels to 32, with black and white unchanged: a GIF of pictures of a training is
#: half as large, and only invisible noise is lost.
LEVELS = (np.arange(256) // 8 * 255 // 31).astype(np.uint8)
#: Largest width and height that the format can store.
_MAX_SIDE = 65_535
#: Milliseconds for which ``save_gif`` shows each frame.
_MILLISECONDS = 80


def save_gif(path: str | Path, frames: Iterable[np.ndarray]) -> None:
    """Write a GIF that repeats forever and shows each frame for 80 ms. Grey levels are exact.

    Args:
        path: Path of the new file. Its folder is created.
        frames: See ``write_gif``.
    """
    with whole_file(path) as partial, partial.open("wb") as file:
        write_gif(file, frames, _MILLISECONDS)


def encode_gif(frames: Iterable[np.ndarray], milliseconds: int | Sequence[int]) -> bytes:
    """A GIF that repeats forever, as bytes.

    Args:
        frames: See ``write_gif``.
        milliseconds: See ``write_gif``.

    Returns:
        The content of the file.

    Example:
        >>> encode_gif([np.zeros((4, 6), np.uint8)], 80)[:6]
        b'GIF89a'
    """
    file = io.BytesIO()
    write_gif(file, frames, milliseconds)
    return file.getvalue()


def write_gif(
    file: BinaryIO, frames: Iterable[np.ndarray], milliseconds: int | Sequence[int]
) -> None:
    """Write a GIF that repeats forever, holding only two frames in memory at a time.

    Grey levels are exact. So are the colors of a frame with at most 256 different ones; a frame
    with more gets the 256 colors that suit it best. Each frame stores only the rectangle that
    differs from the frame before.

    Args:
        file: Binary file to write to.
        frames: At least one frame, ``(H, W)`` or ``(H, W, 3)`` uint8, all of the same shape.
        milliseconds: Duration of every frame, or a list with the duration of each. GIF stores
            multiples of 10 ms, so the times at which frames appear are rounded and errors do not
            add up. Browsers show a frame of less than 20 ms for 100 ms.

    Raises:
        UserError: If the frames are larger than 65,535 pixels on a side.
        ValueError: If there is no frame, the frames differ in shape, or there are more or fewer
            durations than frames.
    """
    durations = repeat(milliseconds) if isinstance(milliseconds, int) else milliseconds
    before, shape, elapsed = None, None, 0
    # Image.save(save_all=True) keeps all frames in memory. Measured with Pillow 13 for a run of
    # the preset wgan-mlp, 1,872 frames of 560 x 600: 620 MiB more than before (grey) and 780 MiB
    # (color), for two runs side by side twice that; here 20 and 30 MiB. It also merges frames that
    # are equal, and its file of grey frames is 11% larger.
    for frame, duration in zip(frames, durations, strict=durations is milliseconds):
        image = Image.fromarray(frame)
        if before is None:
            shape = frame.shape
            if max(image.size) > _MAX_SIDE:
                raise UserError(
                    f"a GIF of {image.width}x{image.height} pixels is too large; at most "
                    f"{_MAX_SIDE} each way is allowed"
                )
            file.write(_header(image))
            box = (0, 0, *image.size)
        else:
            if frame.shape != shape:
                raise ValueError(f"a frame of shape {frame.shape} after {shape}")
            # Without a change, a single pixel is stored, so that each frame stays a frame.
            box = ImageChops.difference(before, image).getbbox() or (0, 0, 1, 1)
        hundredths = round((elapsed + duration) / 10) - round(elapsed / 10)
        elapsed, before = elapsed + duration, image
        file.writelines(_frame(image.crop(box), box[:2], hundredths))
    if before is None:
        raise ValueError("a GIF needs a frame")
    file.write(b";")


def _header(image: Image.Image) -> bytes:
    """Everything before the first frame: the size, all grey levels as palette, endless repeats."""
    size = struct.pack("<HHBBB", *image.size, 0xF7, 0, 0)
    greys = np.arange(256, dtype=np.uint8).repeat(3).tobytes()
    return b"GIF89a" + size + greys + b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"


def _frame(image: Image.Image, offset: tuple[int, int], hundredths: int) -> list[bytes]:
    """The bytes of a frame in parts. It stays visible under the next frame (disposal 1)."""
    color = image.mode != "L"
    if color:
        image = image.quantize(256)
    return GifImagePlugin.getdata(
        image, offset, duration=10 * hundredths, disposal=1, include_color_table=color
    )
