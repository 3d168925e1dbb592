"""Reads the picture files that a critic scores."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.images.npz_images import read_npz_images
from acwgan.images.png import PictureError, open_picture, size_in_words


def read_pictures(
    paths: Sequence[str | Path], image_shape: tuple[int, int, int] = (28, 28, 1)
) -> tuple[list[str], np.ndarray]:
    """Read picture files. The header of each is checked before its pixels are unpacked.

    Args:
        paths: PNG files, and npz files as for ``images.read_npz_images``.
        image_shape: ``(H, W, C)`` that the pictures must have.

    Returns:
        The name of each picture (``file`` or ``file[index]``), and ``(N, H, W, C)`` uint8.

    Raises:
        PictureError: If a PNG file does not hold such a picture.
        NpzError: If an npz file does not hold such an array.
        OSError: If a file cannot be read.
    """
    names, images = [], []
    for path in map(Path, paths):
        if path.suffix == ".npz":
            found = read_npz_images(path, image_shape)
            names += [f"{path}[{index}]" for index in range(len(found))]
        else:
            found = _read_png(path, image_shape)
            names.append(str(path))
        images.append(found.reshape(-1, *image_shape))
    return names, np.concatenate(images)


def _read_png(path: Path, image_shape: tuple[int, int, int]) -> np.ndarray:
    height, width, channels = image_shape
    with open_picture(path) as image:
        if image.size == (width, height):
            pixels = np.asarray(image.convert("RGBA"))
            rgb, alpha = pixels[..., :3], pixels[..., 3]
            eight_bits = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA")
            # In whatever mode, but nowhere transparent; gray where the critic sees gray.
            if eight_bits and alpha.min() == 255:
                if channels == 3:
                    return rgb
                if (rgb == rgb[..., :1]).all():
                    return rgb[..., :1]
        what = f"{size_in_words(image.size)} in {image.mode}"
    kind = "color" if channels == 3 else "gray"
    raise PictureError(f"{path}: is {what}; the critic takes {width}x{height} {kind}.")
