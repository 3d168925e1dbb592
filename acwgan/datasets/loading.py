"""Loads any data set as uint8 arrays: by its name, or from a folder or file.

To add a reader of a new kind of file: one file in this folder, and one row in ``READERS``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.dataset import (
    Dataset,
    RawDataset,
    checked_dataset,
)
from acwgan.datasets.held_out import with_test_share
from acwgan.datasets.idx import holds_idx, read_idx_folder
from acwgan.datasets.keras_npz import read_keras_npz
from acwgan.datasets.named import FASHION_NAMES, is_fashion
from acwgan.datasets.npy_folder import holds_npy, read_npy_folder, read_npy_images
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.datasets.picture_folder import holds_files, read_picture_folder
from acwgan.datasets.pictures import Allocate, Progress, in_memory
from acwgan.datasets.pixels_csv import is_pixels_csv, read_pixels_csv
from acwgan.datasets.prepared import prepared
from acwgan.datasets.refit import refitted
from acwgan.datasets.registry import DATASETS, HANDED_IN
from acwgan.errors import DataError


class Reader(NamedTuple):
    """A kind of file or folder, and the function that reads it.

    Attributes:
        kind: The kind in words, for error messages.
        accepts: Whether a path is of this kind.
        read: Reads a path of this kind; ``read_picture_folder`` takes ``ReadOptions`` too.
        names_source: Where the class names come from, for error messages; ``{}`` is the path.
    """

    kind: str
    accepts: Callable[[Path], bool]
    read: Callable[..., RawDataset]
    names_source: str


class Loaded(NamedTuple):
    """A data set that was loaded by the name in a config, as the command line does.

    Without this, data that is given to ``train`` beside a config counts as handed in: it is not
    what ``Config.dataset`` names, and the judge of that name is not its judge.
    """

    data: Dataset


def load(
    name: str | Path,
    options: ReadOptions = NEUTRAL,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Dataset:
    """Load and check a whole data set.

    Args:
        name: A name in ``DATASETS``, or the path of one of the kinds in ``READERS``: a folder of
            ``.npy`` files, whose images stay on the disk; a folder of IDX files, the format of
            MNIST; a folder or zip file of pictures; an ``.npz`` file; an ``.npy`` file of images
            without labels; a CSV file of pixels.
        options: How images get their size and channels, and whether a part becomes the test images.
        progress: Called with the number of pictures that are read, and of all.
        cache: Folder in which a large folder of pictures is prepared once; its images then stay on
            the disk (``datasets.prepared``). None to hold all pictures in memory.

    Returns:
        The data set.

    Raises:
        DataError: If the data is missing or wrong; the message names the file.
        ParameterError: If an option does not fit the data.

    Example:
        >>> load("mnist").class_names
        ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    """

    def read(allocate: Allocate) -> Dataset:
        return _load(name, options, progress, allocate)

    try:
        if cache is not None and name not in DATASETS and _reader(Path(name)) is _PICTURES:
            return prepared(Path(name), options, Path(cache), read)
        return with_test_share(read(in_memory), options.test_share)
    except OSError as error:
        raise DataError(f"{error.filename or name}: cannot be read ({error.strerror}).") from error


def _load(
    name: str | Path, options: ReadOptions, progress: Progress | None, allocate: Allocate
) -> Dataset:
    path = Path(name)
    if name in DATASETS:
        return refitted(DATASETS[str(name)].load(), options)
    if name == HANDED_IN:
        raise DataError(
            "The run was trained on data that was handed to acwgan.train in Python and is not kept "
            "with the run; hand in the same data there again, or save it as an .npz file and pass "
            "`dataset=FILE`."
        )
    reader = _reader(path)
    if reader:
        if reader is _PICTURES:
            raw = read_picture_folder(path, options, progress, allocate)
        else:
            raw = reader.read(path)
        return refitted(checked_dataset(raw, reader.names_source.format(path)), options)
    fault = "is of no kind that can be read" if path.exists() else "does not exist"
    kinds = [reader.kind for reader in READERS]
    raise DataError(
        f"{name}: {fault}; give one of {', '.join(DATASETS)}, or the path of "
        f"{', '.join(kinds[:-1])} or {kinds[-1]}."
    )


def _reader(path: Path) -> Reader | None:
    return next((reader for reader in READERS if reader.accepts(path)), None)


def load_of_run(
    name: str | Path,
    options: ReadOptions,
    progress: Progress | None = None,
    cache: str | Path | None = None,
) -> Dataset:
    """Load the data that a run names, which may be at another place by now.

    Args:
        name: See ``load``.
        options: See ``load``.
        progress: See ``load``.
        cache: See ``load``.

    Returns:
        See ``load``.

    Raises:
        DataError: If the data is missing or wrong; if nothing is there, the message also tells
            how a run goes on with data that was moved.
    """
    try:
        return load(name, options, progress, cache)
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


_PICTURES = Reader(
    "a folder or zip file with one folder of pictures for each class, or with a file of labels",
    holds_files,
    read_picture_folder,
    "{}",
)
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
    _PICTURES,
    Reader("a CSV file with a label and pixels in each row", is_pixels_csv, read_pixels_csv, "{}"),
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
