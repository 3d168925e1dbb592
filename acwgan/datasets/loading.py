"""Loads any data set as uint8 arrays: by its name, or from a folder or file.

To add a reader of a new kind of file: one file in this folder, and one row in ``READERS``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.dataset import Dataset, RawDataset, checked_dataset
from acwgan.datasets.idx import holds_idx, read_idx_folder
from acwgan.datasets.keras_npz import read_keras_npz
from acwgan.datasets.named import FASHION_NAMES, is_fashion
from acwgan.datasets.npy_folder import holds_npy, read_npy_folder
from acwgan.datasets.registry import DATASETS
from acwgan.errors import DataError


class Reader(NamedTuple):
    """A kind of file or folder, and the function that reads it.

    Attributes:
        kind: The kind in words, for error messages.
        accepts: Whether a path is of this kind.
        read: Reads a path of this kind.
        names_source: Where the class names come from, for error messages; ``{}`` is the path.
    """

    kind: str
    accepts: Callable[[Path], bool]
    read: Callable[[Path], RawDataset]
    names_source: str


def load(name: str | Path) -> Dataset:
    """Load and check a whole data set.

    Args:
        name: A name in ``DATASETS``, or the path of one of the kinds in ``READERS``: a folder of
            ``.npy`` files, whose images stay on the disk; a folder of IDX files, the format of
            MNIST; a folder with one folder of pictures for each class; an ``.npz`` file in Keras'
            layout.

    Returns:
        The data set.

    Raises:
        DataError: If the data is missing or wrong; the message names the file.

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
                return checked_dataset(reader.read(path), reader.names_source.format(path))
    except OSError as error:
        raise DataError(f"{error.filename or name}: cannot be read ({error.strerror}).") from error
    fault = "is neither a folder nor an .npz file" if path.exists() else "does not exist"
    kinds = [reader.kind for reader in READERS]
    raise DataError(
        f"{name}: {fault}; give one of {', '.join(DATASETS)}, or the path of "
        f"{', '.join(kinds[:-1])} or {kinds[-1]}."
    )


def _read_idx_folder(folder: Path) -> RawDataset:
    raw = read_idx_folder(folder)
    if raw.class_names is None and is_fashion(raw.train):
        return raw._replace(class_names=FASHION_NAMES.split())
    return raw


#: The first reader that accepts a path reads it.
READERS = (
    Reader(
        "a folder with x_train.npy and y_train.npy",
        lambda path: path.is_dir() and holds_npy(path),
        read_npy_folder,
        "{}/class_names.txt",
    ),
    Reader(
        "a folder with IDX files",
        lambda path: path.is_dir() and holds_idx(path),
        _read_idx_folder,
        "{}/class_names.txt",
    ),
    Reader(
        "a folder with one folder of images for each class",
        Path.is_dir,
        read_class_folders,
        "{}",
    ),
    Reader(
        "an .npz file",
        lambda path: path.is_file() and path.suffix == ".npz",
        read_keras_npz,
        "{}: class_names",
    ),
)
