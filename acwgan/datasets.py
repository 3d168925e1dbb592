"""Data sets as uint8 arrays in memory: four by name, and any from a folder or file.

MNIST ships inside the package. Nothing is downloaded; of the others, the files that Keras has
downloaded are used.
"""

import hashlib
import io
import os
import pickle
import tarfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.class_folders import read_class_folders
from acwgan.idx import holds_idx, read_names, read_pair
from acwgan.npy import holds_npy, read_npy_folder
from acwgan.npz import read_keras_npz
from acwgan.parts import (
    DataError,
    Part,
    check_labels,
    check_memory,
    checked_names,
    number_of_classes,
)

_MNIST = Path(__file__).parent / "data" / "mnist.npz"
_MNIST_SHA256 = "150767cbe69c5b8a20ea38aacda23f9032d735e75e0478fad3ed9adf1880334f"
#: Of the 60,000 bytes of Fashion-MNIST's training labels, without the header of their file.
_FASHION_LABELS_SHA256 = "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7"
#: Of cifar-10-python.tar.gz, as in ``keras.datasets.cifar10``.
_CIFAR10_SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

_CLASS_NAMES = {
    "mnist": "0 1 2 3 4 5 6 7 8 9",
    "fashion_mnist": "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle-boot",
    "kmnist": "o ki su tsu na ha ma ya re wo",
    "cifar10": "airplane automobile bird cat deer dog frog horse ship truck",
}
#: What ``load`` knows by name.
NAMES = tuple(_CLASS_NAMES)
#: The networks halve the height and width twice.
_MULTIPLE = 4


class Dataset(NamedTuple):
    """Labelled images, split as published."""

    train_images: np.ndarray  # (N, H, W, C) uint8, H and W divisible by 4, C 1 or 3
    train_labels: np.ndarray  # (N,) int32, 0..K-1, each of them at least once
    test_images: np.ndarray  # (M, H, W, C) uint8; M may be 0
    test_labels: np.ndarray  # (M,) int32, 0..K-1
    class_names: tuple[str, ...]  # K names, in the order of the labels
    notes: tuple[str, ...] = ()  # what was changed and should be said aloud


def load(name: str | Path) -> Dataset:
    """A data set, whole and checked.

    Args:
        name: One of ``NAMES``; or the path of a folder with IDX files as of MNIST, of an
            ``.npz`` file in Keras' layout, of a folder with one folder of pictures a class, or of
            one with ``.npy`` files, whose images stay on the disk.

    Returns:
        The data. Images whose sides are not multiples of 4 are padded evenly with 0, black.

    Raises:
        DataError: Naming the file, its fault and what is allowed.

    Example:
        >>> load("mnist").class_names
        ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
    """
    path = Path(name)
    try:
        if name == "mnist":
            return load_mnist()
        if name == "cifar10":
            return _load_cifar10()
        if name in NAMES:
            return _load_cached_idx(name)
        if path.is_dir() and holds_npy(path):
            return _checked(*read_npy_folder(path), read_names(path), path / "class_names.txt")
        if path.is_dir() and holds_idx(path):
            return _load_idx(path)
        if path.is_dir():
            return _checked(*read_class_folders(path), path)
        if path.is_file() and path.suffix == ".npz":
            return _checked(*read_keras_npz(path), f"{path}: class_names")
    except OSError as error:
        raise DataError(f"{error.filename or name}: cannot be read ({error.strerror}).") from error
    fault = "is neither a folder nor an .npz file" if path.exists() else "there is no such path"
    raise DataError(
        f"{name}: {fault}; allowed: {', '.join(NAMES)}, or the path of a folder with IDX files, "
        "of a folder with one folder of images for each class, of one with x_train.npy and "
        "y_train.npy, or of an .npz file."
    )


def load_mnist(path: str | Path = _MNIST) -> Dataset:
    """The handwritten digits of LeCun, Cortes and Burges.

    Args:
        path: Of ``mnist.npz``; the file's SHA-256 must be that of the one in the package.

    Returns:
        60,000 training and 10,000 test images ``(N, 28, 28, 1)``.

    Raises:
        DataError: If the file is missing or its content is not the expected one.

    Example:
        >>> load_mnist().train_images.shape
        (60000, 28, 28, 1)
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); reinstall acwgan.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != _MNIST_SHA256:
        raise DataError(
            f"{path}: damaged, its SHA-256 is {found[:12]}… and not {_MNIST_SHA256[:12]}…; "
            "reinstall acwgan."
        )
    with np.load(path, allow_pickle=False) as arrays:
        return Dataset(
            arrays["x_train"][..., None],
            arrays["y_train"].astype(np.int32),
            arrays["x_test"][..., None],
            arrays["y_test"].astype(np.int32),
            tuple(_CLASS_NAMES["mnist"].split()),
        )


def training_arrays(data: Dataset, include_test: bool) -> tuple[np.ndarray, np.ndarray]:
    """What a run trains on.

    Args:
        data: From ``load``.
        include_test: Add the test images, as the Keras article does. Such a run cannot be
            evaluated on them.

    Returns:
        Images ``(N, H, W, C)`` uint8 and labels ``(N,)`` int32.

    Raises:
        DataError: If images that stay on the disk would have to be joined.

    Example:
        >>> len(training_arrays(load("mnist"), include_test=True)[1])
        70000
    """
    if not include_test or not len(data.test_labels):
        return data.train_images, data.train_labels
    if isinstance(data.train_images, np.memmap):
        raise DataError("--include-test: is not allowed with .npy files; put both into x_train.npy")
    return (
        np.concatenate([data.train_images, data.test_images]),
        np.concatenate([data.train_labels, data.test_labels]),
    )


def _keras_datasets():
    """Where Keras keeps what it has downloaded."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def _load_cached_idx(name):
    """Fashion-MNIST (Xiao et al. 2017) and Kuzushiji-MNIST (Clanuwat et al. 2018).

    Keras downloads the first; the second is put beside it by hand.
    """
    folder = _keras_datasets() / name.replace("_", "-")
    parts = {part: read_pair(folder, part) for part in ("train", "t10k")}
    missing = [
        str(folder / f"{part}-{kind}-ubyte.gz")
        for part, read in parts.items()
        for kind in ("images-idx3", "labels-idx1")
        if read is None
    ]
    if missing:
        raise DataError(
            f"{name}: put the data's files at {', '.join(missing)}; or give a folder that holds "
            "them as --dataset FOLDER."
        )
    if name == "fashion_mnist" and not _is_fashion(parts["train"]):
        # MNIST's files have the same names.
        raise DataError(f"{parts['train'].where}: the labels are not those of Fashion-MNIST.")
    return _checked(*parts.values(), _CLASS_NAMES[name].split(), folder)


def _load_idx(folder):
    train, test = read_pair(folder, "train"), read_pair(folder, "t10k")
    names = read_names(folder)
    if names is None and _is_fashion(train):
        names = _CLASS_NAMES["fashion_mnist"].split()
    return _checked(train, test, names, folder / "class_names.txt")


def _is_fashion(train):
    return hashlib.sha256(train.labels).hexdigest() == _FASHION_LABELS_SHA256


def _load_cifar10():
    """Krizhevsky 2009, as ``keras.datasets.cifar10`` has downloaded it.

    The archive holds pickles. These are opened only if the SHA-256 of the whole archive is the one
    that Keras checks, so that every byte is known; no list of harmless pickles is needed then.
    """
    path = _keras_datasets() / "cifar-10-batches-py-target_archive"
    if not path.is_file():
        raise DataError(
            f"cifar10: {path} is missing; put cifar-10-python.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html there under this name."
        )
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != _CIFAR10_SHA256:
        raise DataError(
            f"{path}: its SHA-256 is {found[:12]}… and not {_CIFAR10_SHA256[:12]}…, that of "
            "cifar-10-python.tar.gz; get the file again."
        )
    batches = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if "_batch" in member.name:
                batch = pickle.load(archive.extractfile(member), encoding="bytes")
                batches[Path(member.name).name] = batch
    train = [batches[f"data_batch_{number}"] for number in range(1, 6)]
    parts = _part_of_batches(train), _part_of_batches([batches["test_batch"]])
    return _checked(*parts, _CLASS_NAMES["cifar10"].split(), path)


def _part_of_batches(batches):
    """Rows of 3 x 32 x 32 bytes, colour by colour."""
    rows = np.concatenate([batch[b"data"] for batch in batches])
    images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Part(images, np.concatenate([batch[b"labels"] for batch in batches]), "cifar10")


def _checked(train, test, names, names_at):
    """The ``Dataset`` of two parts, or the one ``DataError`` that says why there is none.

    Args:
        train: A ``Part``.
        test: A ``Part``, or None.
        names: Of the classes; None for "0".."K-1".
        names_at: Where the names come from.
    """
    classes = number_of_classes(train)
    names = checked_names(map(str, range(classes)) if names is None else names, classes, names_at)
    if test is None:
        test = Part(train.images[:0], train.labels[:0], "")
    else:
        check_labels(test, classes)
        if test.images.shape[1:] != train.images.shape[1:]:
            raise DataError(
                f"{test.where}: the test images are {test.images.shape[1:]}, the training images "
                f"{train.images.shape[1:]}; both must be of one (H, W, C)."
            )
    height, width = train.images.shape[1:3]
    padded = [side + -side % _MULTIPLE for side in (height, width)]
    notes = ()
    if padded != [height, width]:
        notes = (f"images are {height}x{width}; padded with black to {padded[0]}x{padded[1]}",)
    return Dataset(
        _padded(train, padded),
        train.labels.astype(np.int32),
        _padded(test, padded),
        test.labels.astype(np.int32),
        names,
        notes,
    )


def _padded(part, sides):
    """The images in the middle of black ones of (height, width) ``sides``, in one block."""
    count, height, width, channels = part.images.shape
    if isinstance(part.images, np.memmap):
        return part.images
    if [height, width] == sides:
        return np.ascontiguousarray(part.images)
    check_memory(part.where, count * sides[0] * sides[1] * channels)
    images = np.zeros((count, *sides, channels), np.uint8)
    top, left = (sides[0] - height) // 2, (sides[1] - width) // 2
    images[:, top : top + height, left : left + width] = part.images
    return images
