"""Data larger than memory: folders of ``.npy`` files, whose images stay on the disk."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Part
from acwgan.errors import DataError


def holds_npy(folder: Path) -> bool:
    """Whether a folder has training images as ``x_train.npy``."""
    return (folder / "x_train.npy").is_file()


def read_npy_folder(folder: Path) -> tuple[Part, Part | None]:
    """A data set whose images are mapped into memory, and read where they are needed.

    Args:
        folder: With ``x_train.npy`` ``(N, H, W, 1 or 3)`` uint8 and ``y_train.npy`` ``(N,)``
            integers; perhaps ``x_test.npy`` and ``y_test.npy`` alike.

    Returns:
        The training data, and the test data or None. The images are ``np.memmap``.

    Raises:
        DataError: If a file is missing, torn or not allowed.
        OSError: If a file cannot be read.
    """
    test = (folder / "x_test.npy").is_file()
    return _read_part(folder, "train"), _read_part(folder, "test") if test else None


def _read_part(folder, part):
    images, labels = (folder / f"{kind}_{part}.npy" for kind in "xy")
    mapped = _mapped(images)
    sides = mapped.shape[1:3]
    right = mapped.ndim == 4 and mapped.dtype == np.uint8 and min(mapped.shape) > 0
    # Nothing can be padded that is never held in memory.
    if not right or mapped.shape[3] not in (1, 3) or any(side % 4 for side in sides):
        allowed = "(N, H, W, 1 or 3) uint8, N at least 1, H and W multiples of 4"
        raise DataError(f"{images}: is {mapped.shape} {mapped.dtype}; allowed: {allowed}.")
    numbers = _mapped(labels)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not len(numbers):
        shown = f"{numbers.shape} {numbers.dtype}"
        raise DataError(f"{labels}: is {shown}; allowed: (N,) integers, N at least 1.")
    return Part(mapped, np.array(numbers), str(labels))


def _mapped(path):
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.memmap) or not array.flags.c_contiguous:
            raise ValueError("not one array, row by row")
        return array
    except (ValueError, EOFError) as error:
        raise DataError(f"{path}: is not an .npy file that can be read ({error}).") from error
