"""Reads ``.npz`` files in the layout of Keras' ``mnist.npz``."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.files.npz import array_names, read_array

#: Largest number of class names, and largest size of a name in bytes.
_MAX_NAMES, _MAX_NAME_BYTES = 100_000, 4 * 1000


def read_keras_npz(path: str | Path) -> RawDataset:
    """Read a data set in the layout of Keras' ``mnist.npz``.

    Args:
        path: Path of an ``.npz`` file with ``x_train`` ``(N, H, W)`` or ``(N, H, W, 1 or 3)``
            uint8 and ``y_train`` ``(N,)`` or ``(N, 1)`` integers. ``x_test`` and ``y_test`` of the
            same form, and ``class_names`` ``(K,)`` text, are optional.

    Returns:
        The splits and the class names.

    Raises:
        NpzError: If the file is damaged, or an array is missing or not allowed.
        DataError: If an array is larger than half of the free memory.
        OSError: If the file cannot be read.
    """
    held = array_names(path)
    train = _read_split(path, "train")
    test = _read_split(path, "test") if {"x_test", "y_test"} & set(held) else None
    if "class_names" not in held:
        return RawDataset(train, test, None)
    names = read_array(path, ["class_names"], _is_names, "(K,) text, a unicode array")
    return RawDataset(train, test, names.tolist())


def _read_split(path: str | Path, name: str) -> Split:
    images = read_array(
        path, [f"x_{name}"], _is_images, "(N, H, W) or (N, H, W, 1 or 3) uint8, N at least 1"
    )
    labels = read_array(path, [f"y_{name}"], _is_labels, "(N,) or (N, 1) integers, N at least 1")
    if images.ndim == 3:
        images = images[..., None]
    return Split(images, labels.reshape(-1), f"{path}: y_{name}")


def _is_images(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    sides = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))
    return sides and min(shape) > 0 and dtype == np.uint8


def _is_labels(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    return shape != () and shape[0] > 0 and shape[1:] in ((), (1,)) and dtype.kind in "iu"


def _is_names(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    few = len(shape) == 1 and shape[0] <= _MAX_NAMES
    return few and dtype.kind == "U" and dtype.itemsize <= _MAX_NAME_BYTES
