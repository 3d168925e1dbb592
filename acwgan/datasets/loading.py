"""Any data set as uint8 arrays: by its name, or from a folder or file.

To add a reader of a new kind of file: a file in this folder, and a row in ``READERS``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.dataset import Dataset, checked_dataset
from acwgan.datasets.idx import holds_idx, read_names, read_pair
from acwgan.datasets.keras_npz import read_keras_npz
from acwgan.datasets.named import FASHION_NAMES, is_fashion
from acwgan.datasets.npy_folder import holds_npy, read_npy_folder
from acwgan.datasets.registry import DATASETS
from acwgan.errors import DataError


class Reader(NamedTuple):
    """A kind of file or folder, and what reads it.

    Attributes:
        what: The kind, for error messages.
        accepts: Path -> whether it is of this kind.
        read: Path -> the data.
    """

    what: str
    accepts: Callable[[Path], bool]
    read: Callable[[Path], Dataset]


def load(name: str | Path) -> Dataset:
    """Load a data set, whole and checked.

    Args:
        name: A name in ``DATASETS``, or the path of one of the kinds in ``READERS``: a folder of
            ``.npy`` files, whose images stay on the disk; a folder of IDX files, as MNIST has
            them; a folder with one folder of pictures for each class; an ``.npz`` file in Keras'
            layout.

    Returns:
        The data. Images whose sides are not multiples of 4 are padded evenly with 0, black.

    Raises:
        DataError: Naming the file, what is wrong with it and what is allowed.

    Example:
        >>> load("mnist").class_names
        ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    """
    path = Path(name)
    try:
        if name in DATASETS:
            return DATASETS[str(name)].load()
        for reader in READERS:
            if reader.accepts(path):
                return reader.read(path)
    except OSError as error:
        raise DataError(f"{error.filename or name}: cannot be read ({error.strerror}).") from error
    fault = "is neither a folder nor an .npz file" if path.exists() else "there is no such path"
    kinds = [reader.what for reader in READERS]
    raise DataError(
        f"{name}: {fault}; allowed: {', '.join(DATASETS)}, or the path of {', '.join(kinds[:-1])} "
        f"or {kinds[-1]}."
    )


def _load_npy(folder: Path) -> Dataset:
    return checked_dataset(*read_npy_folder(folder), read_names(folder), folder / "class_names.txt")


def _load_idx(folder: Path) -> Dataset:
    train, test = read_pair(folder, "train"), read_pair(folder, "t10k")
    names = read_names(folder)
    if names is None and is_fashion(train):
        names = FASHION_NAMES.split()
    return checked_dataset(train, test, names, folder / "class_names.txt")


def _load_class_folders(folder: Path) -> Dataset:
    return checked_dataset(*read_class_folders(folder), folder)


def _load_npz(path: Path) -> Dataset:
    return checked_dataset(*read_keras_npz(path), f"{path}: class_names")


#: The first that accepts a path reads it.
READERS = (
    Reader(
        "a folder with x_train.npy and y_train.npy",
        lambda path: path.is_dir() and holds_npy(path),
        _load_npy,
    ),
    Reader("a folder with IDX files", lambda path: path.is_dir() and holds_idx(path), _load_idx),
    Reader("a folder with one folder of images for each class", Path.is_dir, _load_class_folders),
    Reader("an .npz file", lambda path: path.is_file() and path.suffix == ".npz", _load_npz),
)
