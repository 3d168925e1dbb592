"""Loads any data set as uint8 arrays: by its name, or from a folder or file.

To add a reader of a new kind of file: one file in this folder, and one row in ``READERS``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.class_folders import read_class_folders
from acwgan.datasets.dataset import Dataset, RawDataset, checked_dataset, transposed
from acwgan.datasets.idx import holds_idx, read_idx_folder
from acwgan.datasets.keras_npz import read_keras_npz
from acwgan.datasets.named import FASHION_NAMES, is_fashion
from acwgan.datasets.npy_folder import holds_npy, read_npy_folder, read_npy_images
from acwgan.datasets.registry import DATASETS, HANDED_IN
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


class Loaded(NamedTuple):
    """A data set that was loaded by the name in a config, as the command line does.

    Without this, data that is given to ``train`` beside a config counts as handed in: it is not
    what ``Config.dataset`` names, and the judge of that name is not its judge.
    """

    data: Dataset


def load(name: str | Path, *, transpose: bool = False) -> Dataset:
    """Load and check a whole data set.

    Args:
        name: A name in ``DATASETS``, or the path of one of the kinds in ``READERS``: a folder of
            ``.npy`` files, whose images stay on the disk; a folder of IDX files, the format of
            MNIST; a folder with one folder of pictures for each class; an ``.npz`` file; an
            ``.npy`` file of images without labels.
        transpose: Whether to swap height and width of the images, as EMNIST's files need.

    Returns:
        The data set. Images whose sides are not multiples of 4 are padded evenly with black.

    Raises:
        DataError: If the data is missing or wrong; the message names the file.

    Example:
        >>> load("mnist").class_names
        ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    """
    try:
        data = _load(name)
    except OSError as error:
        raise DataError(f"{error.filename or name}: cannot be read ({error.strerror}).") from error
    return transposed(data) if transpose else data


def _load(name: str | Path) -> Dataset:
    path = Path(name)
    if name in DATASETS:
        return DATASETS[str(name)].load()
    if name == HANDED_IN:
        raise DataError(
            "The run was trained on data that was handed to acwgan.train in Python and is not kept "
            "with the run; hand in the same data there again, or save it as an .npz file and pass "
            "`dataset=FILE`."
        )
    for reader in READERS:
        if reader.accepts(path):
            return checked_dataset(reader.read(path), reader.names_source.format(path))
    fault = "is neither a folder nor an .npz or .npy file" if path.exists() else "does not exist"
    kinds = [reader.kind for reader in READERS]
    raise DataError(
        f"{name}: {fault}; give one of {', '.join(DATASETS)}, or the path of "
        f"{', '.join(kinds[:-1])} or {kinds[-1]}."
    )


def load_of_run(name: str | Path, *, transpose: bool = False) -> Dataset:
    """Load the data that a run names, which may be at another place by now.

    Args:
        name: See ``load``.
        transpose: See ``load``.

    Returns:
        See ``load``.

    Raises:
        DataError: If the data is missing or wrong; if nothing is there, the message also tells
            how a run goes on with data that was moved.
    """
    try:
        return load(name, transpose=transpose)
    except DataError as error:
        if name in (*DATASETS, HANDED_IN) or Path(name).exists():
            raise
        way = "if a run was trained on it, and it has moved, pass its new place with `dataset`"
        raise DataError(f"{error} Or {way}.") from None


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
    Reader(
        "an .npy file of images without labels",
        lambda path: path.is_file() and path.suffix == ".npy",
        read_npy_images,
        "{}",
    ),
)
