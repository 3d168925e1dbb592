"""``.npz`` files in the layout of Keras' ``mnist.npz``."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Part
from acwgan.files.npz import array_names, read_array

#: Names of classes, and bytes of each.
_MOST_NAMES, _LONGEST_NAME = 100_000, 4 * 1000


def read_keras_npz(path: str | Path) -> tuple[Part, Part | None, list[str] | None]:
    """A data set in the layout of Keras' ``mnist.npz``.

    Args:
        path: Of the ``.npz`` file: ``x_train`` ``(N, H, W)`` or ``(N, H, W, 1 or 3)`` uint8 and
            ``y_train`` ``(N,)`` or ``(N, 1)`` integers; perhaps ``x_test`` and ``y_test`` alike;
            perhaps ``class_names`` ``(K,)``, text.

    Returns:
        The training data, the test data or None, the names of the classes or None.

    Raises:
        NpzError: If the file is torn, or an array missing or not allowed.
        DataError: If an array is larger than the memory.
        OSError: If the file cannot be read.
    """
    held = array_names(path)
    train = _read_part(path, "train")
    test = _read_part(path, "test") if {"x_test", "y_test"} & set(held) else None
    if "class_names" not in held:
        return train, test, None
    names = read_array(path, ["class_names"], _is_names, "(K,) of text, a unicode array")
    return train, test, names.tolist()


def _read_part(path, part):
    images = read_array(
        path, [f"x_{part}"], _is_images, "(N, H, W) or (N, H, W, 1 or 3) uint8, N at least 1"
    )
    labels = read_array(path, [f"y_{part}"], _is_labels, "(N,) or (N, 1) integers, N at least 1")
    if images.ndim == 3:
        images = images[..., None]
    return Part(images, labels.reshape(-1), f"{path}: y_{part}")


def _is_images(shape, dtype):
    sides = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))
    return sides and min(shape) > 0 and dtype == np.uint8


def _is_labels(shape, dtype):
    return shape != () and shape[0] > 0 and shape[1:] in ((), (1,)) and dtype.kind in "iu"


def _is_names(shape, dtype):
    few = len(shape) == 1 and shape[0] <= _MOST_NAMES
    return few and dtype.kind == "U" and dtype.itemsize <= _LONGEST_NAME
