"""Reads the picture files that a critic scores."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.errors import UserError
from acwgan.files.npz import MOST, read_array
from acwgan.images.pixels import allowed_images
from acwgan.images.png import open_picture


class PictureError(UserError):
    """A file holds no picture that the critic can score; the message names it."""


def read_pictures(
    paths: Sequence[str | Path], image_shape: tuple[int, int, int] = (28, 28, 1)
) -> tuple[list[str], np.ndarray]:
    """Read picture files. The header of each is checked before its pixels are unpacked.

    Args:
        paths: PNG files, and npz files with ``x`` or ``x_train`` ``(N, H, W)`` or
            ``(N, H, W, C)`` uint8.
        image_shape: ``(H, W, C)`` that the pictures must have.

    Returns:
        The name of each picture (``file`` or ``file[index]``), and ``(N, H, W, C)`` uint8.

    Raises:
        PictureError: If a PNG file does not hold such a picture.
        NpzError: If an npz file does not hold such an array.
        OSError: If a file cannot be read.
    """
    shapes = [image_shape] if image_shape[2] > 1 else [image_shape, image_shape[:2]]

    def allowed(shape: tuple[int, ...], dtype: np.dtype) -> bool:
        return shape[1:] in shapes and 0 < shape[0] <= MOST and dtype == np.uint8

    names, images = [], []
    for path in map(Path, paths):
        if path.suffix == ".npz":
            words = f"{allowed_images(image_shape)}, N from 1 to {MOST}"
            found = read_array(path, ("x", "x_train"), allowed, words)
            names += [f"{path}[{index}]" for index in range(len(found))]
        else:
            found = _read_png(path, image_shape)
            names.append(str(path))
        images.append(found.reshape(-1, *image_shape))
    return names, np.concatenate(images)


def _read_png(path: Path, image_shape: tuple[int, int, int]) -> np.ndarray:
    height, width, channels = image_shape
    try:
        with open_picture(path) as image:
            if image.size == (width, height):
                pixels = np.asarray(image.convert("RGBA"))
                rgb, alpha = pixels[..., :3], pixels[..., 3]
                eight_bits = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
                # Any mode, but nowhere transparent; gray pixels for a critic of gray images.
                if eight_bits and alpha.min() == 255:
                    if channels == 3:
                        return rgb
                    if (rgb == rgb[..., :1]).all():
                        return rgb[..., :1]
            what = f"{image.width}x{image.height} in {image.mode}"
    except (Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise PictureError(f"{path}: is not a PNG that can be read ({error}).") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise PictureError(f"{path}: is not a PNG that can be read.") from error
    kind = "color" if channels == 3 else "gray"
    raise PictureError(f"{path}: is {what}; the critic takes {width}x{height} {kind}.")
