"""Reads data larger than memory: folders of ``.npy`` files, whose images stay on the disk."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.datasets.idx import read_names
from acwgan.errors import DataError
from acwgan.files.npz import NPY_ERRORS, read_npy_header
from acwgan.files.untrusted import check_memory, open_untrusted


def holds_npy(folder: Path) -> bool:
    """Whether a folder has training images in ``x_train.npy``."""
    return (folder / "x_train.npy").is_file()


def read_npy_folder(folder: str | Path) -> RawDataset:
    """Read a data set whose images are mapped into memory, so that only those in use are loaded.

    Args:
        folder: Folder with ``x_train.npy`` and ``y_train.npy``, images and labels in any form that
            ``image_arrays`` and ``labels`` understand; text labels as arrays of text. uint8 images
            stay on the disk. ``x_test.npy`` and ``y_test.npy`` of the same form, and
            ``class_names.txt``, are optional.

    Returns:
        The splits, whose images are ``np.memmap``, and the class names.

    Raises:
        DataError: If a file is damaged or not allowed.
        OSError: If a file is missing or cannot be read.
    """
    folder = Path(folder)
    test = _read_split(folder, "test") if (folder / "x_test.npy").is_file() else None
    return RawDataset(_read_split(folder, "train"), test, read_names(folder))


def read_npy_images(path: str | Path) -> RawDataset:
    """Map one ``.npy`` file of images without labels.

    Args:
        path: The file.

    Returns:
        The training split, whose images are a ``np.memmap``.

    Raises:
        DataError: If the file is damaged or not allowed.
        OSError: If the file cannot be read.
    """
    return RawDataset(Split(map_array(path), None, str(path)), None, None)


def map_array(path: str | Path) -> np.ndarray:
    """Map an untrusted ``.npy`` file into memory.

    Args:
        path: Path of the file, which holds one array in C order.

    Returns:
        The array, a ``np.memmap``.

    Raises:
        DataError: If the file is damaged or not allowed.
        OSError: If the file cannot be read, or is not a regular file.
    """
    try:
        with open(open_untrusted(path), "rb") as file:
            shape, dtype, in_c_order = read_npy_header(file)
            if not in_c_order:
                raise ValueError("it must hold one array in C order")
            if dtype.hasobject:
                raise ValueError("it holds pickled objects; save text with y.astype(str)")
            return np.memmap(file, dtype, "r", file.tell(), shape)
    except NPY_ERRORS as error:
        raise DataError(
            f"{path}: is not an .npy file that can be read ({error}); write it with numpy.save."
        ) from error


def _read_split(folder: Path, name: str) -> Split:
    images_path, labels_path = (folder / f"{kind}_{name}.npy" for kind in "xy")
    labels = map_array(labels_path)
    check_memory(labels_path, labels.nbytes)
    return Split(map_array(images_path), np.array(labels), str(labels_path), str(images_path))
