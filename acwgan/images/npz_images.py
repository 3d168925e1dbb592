"""Reads images of a known size from ``.npz`` files."""

from pathlib import Path

import numpy as np

from acwgan.errors import ParameterError
from acwgan.files.npz import MAX_IMAGES, NpzError, read_array
from acwgan.images.pixels import allowed_images, as_images


def read_npz_images(path: str | Path, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Read images. Their header is checked before the pixels are unpacked.

    Args:
        path: Path of an npz file with ``x`` or ``x_train``, in a form that ``pixels.as_images``
            understands, such as ``(N, H, W, C)`` uint8.
        image_shape: ``(H, W, C)`` that the images must have.

    Returns:
        ``(N, H, W, C)`` uint8, N at least 1.

    Raises:
        NpzError: If the file does not hold such an array.
        DataError: If it is larger than half of the free memory.
        OSError: If the file cannot be read.
    """
    height, width, channels = image_shape
    shapes: set[tuple[int, ...]] = {image_shape, (channels, height, width)}
    if channels == 1:
        shapes |= {(height, width), (height, width, 3)}

    def allowed(shape: tuple[int, ...], dtype: np.dtype) -> bool:
        return shape[1:] in shapes and 0 < shape[0] <= MAX_IMAGES and dtype.kind in "biuf"

    words = f"{allowed_images(image_shape)}, N from 1 to {MAX_IMAGES:,}"
    images = read_array(path, ("x", "x_train"), allowed, words)
    try:
        return as_images(images, image_shape)
    except ParameterError as error:
        raise NpzError(f"{path}: its images {error.faults['images']}.") from error
