"""Reads data larger than memory: folders of ``.npy`` files, whose images stay on the disk."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.datasets.idx import read_names
from acwgan.errors import DataError


def holds_npy(folder: Path) -> bool:
    """Whether a folder has training images in ``x_train.npy``."""
    return (folder / "x_train.npy").is_file()


def read_npy_folder(folder: str | Path) -> RawDataset:
    """Read a data set whose images are mapped into memory, so that only those in use are loaded.

    Args:
        folder: Folder with ``x_train.npy`` ``(N, H, W, 1 or 3)`` uint8, and ``y_train.npy``
            ``(N,)`` integers. ``x_test.npy`` and ``y_test.npy`` of the same form,
            and ``class_names.txt``, are optional.

    Returns:
        The splits, whose images are ``np.memmap``, and the class names.

    Raises:
        DataError: If a file is damaged or not allowed.
        OSError: If a file is missing or cannot be read.
    """
    folder = Path(folder)
    test = _read_split(folder, "test") if (folder / "x_test.npy").is_file() else None
    return RawDataset(_read_split(folder, "train"), test, read_names(folder))


def _read_split(folder: Path, name: str) -> Split:
    images_path, labels_path = (folder / f"{kind}_{name}.npy" for kind in "xy")
    images = _map_array(images_path)
    pixels = images.ndim == 4 and images.dtype == np.uint8 and min(images.shape) > 0
    if not pixels or images.shape[3] not in (1, 3):
        raise DataError(
            f"{images_path}: must be (N, H, W, 1 or 3) uint8, N at least 1, got {images.shape} "
            f"{images.dtype}."
        )
    labels = _map_array(labels_path)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        raise DataError(
            f"{labels_path}: must be (N,) integers, N at least 1, got {labels.shape} "
            f"{labels.dtype}."
        )
    return Split(images, np.array(labels), str(labels_path))


def _map_array(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(array, np.memmap) or not array.flags.c_contiguous:
            raise ValueError("it must hold one array in C order")
        return array
    except (ValueError, EOFError) as error:
        raise DataError(
            f"{path}: is not an .npy file that can be read ({error}); write it with numpy.save."
        ) from error
