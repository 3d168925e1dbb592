"""Reads pictures as people have them, as images that a generator might have drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.files.untrusted import check_memory
from acwgan.images.digit_page import digits_on
from acwgan.images.mnist_form import INK, SIDE, ink_of, mnist_form
from acwgan.images.picture import FORMATS, eight_bits, fitted, upright
from acwgan.images.png import open_picture
from acwgan.images.sizes import Size

#: Largest side of a picture in which digits are looked for; larger ones are reduced.
_MAX_SIDE = 1000
_WHITE = (255, 255, 255)


def read_digits(path: str | Path) -> np.ndarray:
    """All digits on a photograph or scan, in MNIST's form.

    A picture of 28x28 pixels with a black edge is in this form already, and stays as it is.

    Args:
        path: Path of a picture in one of ``images.picture.FORMATS``: dark ink on light paper, or
            light on dark.

    Returns:
        ``(N, 28, 28)`` uint8 in reading order; N is 0 if there is no ink.

    Raises:
        PictureError: If it is not a picture.
        DataError: If its pixels would take more than half of the free memory.
        OSError: If the file cannot be read.
    """
    picture = _read(path, _WHITE, _MAX_SIDE).convert("L")
    gray = np.asarray(picture)
    if picture.size == (SIDE, SIDE) and _edge(gray).max() < INK:
        return gray[None]
    picture.thumbnail((_MAX_SIDE, _MAX_SIDE), Image.Resampling.LANCZOS)
    forms = [mnist_form(part) for part in digits_on(ink_of(np.asarray(picture)))]
    digits = [np.rint(form).astype(np.uint8) for form in forms if form is not None]
    return np.array(digits, np.uint8).reshape(-1, SIDE, SIDE)


def read_image(
    path: str | Path, image_shape: tuple[int, int, int], options: ReadOptions = NEUTRAL
) -> np.ndarray:
    """A picture as it would be read for training.

    Args:
        path: Path of a picture.
        image_shape: ``(H, W, C)`` of the images of the generator.
        options: How the pictures of the training were read.

    Returns:
        ``(1, H, W)`` or ``(1, H, W, 3)`` uint8.

    Raises:
        PictureError: If it is not a picture.
        DataError: If its pixels would take more than half of the free memory.
        OSError: If the file cannot be read.
    """
    height, width, channels = image_shape
    picture = _read(path, options.background_color, 3 * max(height, width))
    picture = picture.convert("L" if channels == 1 else "RGB")
    fit = "crop" if options.fit == "none" else options.fit
    fit_into = Size(width=width, height=height)
    return np.asarray(fitted(picture, fit_into, fit, options.background_color))[None]


def _read(path: str | Path, background: tuple[int, int, int], side: int) -> Image.Image:
    """An untrusted picture, upright, in gray or RGB."""
    with open_picture(path, FORMATS) as image:
        check_memory(path, image.width * image.height * 8)
        # A JPEG file is unpacked at 1/2, 1/4 or 1/8 of its size if that is plenty.
        image.draft(None, (side, side))
        return eight_bits(upright(image), background).image


def _edge(gray: np.ndarray) -> np.ndarray:
    return np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
