"""Data sets as uint8 arrays in memory. MNIST ships inside the package."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.errors import UserError

_MNIST = Path(__file__).parent / "data" / "mnist.npz"
_MNIST_SHA256 = "150767cbe69c5b8a20ea38aacda23f9032d735e75e0478fad3ed9adf1880334f"


class DataError(UserError):
    """A data file is missing or is not what it should be; the message names it."""


class Dataset(NamedTuple):
    """Labelled images, split as published."""

    train_images: np.ndarray  # (N, H, W, C) uint8
    train_labels: np.ndarray  # (N,) int32, 0..K-1
    test_images: np.ndarray  # (M, H, W, C) uint8
    test_labels: np.ndarray  # (M,) int32
    class_names: tuple[str, ...]  # K names, in the order of the labels


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
            tuple("0123456789"),
        )


#: Name in ``Config.dataset`` -> loader.
LOADERS = {"mnist": load_mnist}


def training_arrays(name: str, include_test: bool) -> tuple[np.ndarray, np.ndarray]:
    """What a run trains on.

    Args:
        name: A key of ``LOADERS``.
        include_test: Add the test images, as the Keras article does. Such a run cannot be
            evaluated on them.

    Returns:
        Images ``(N, H, W, C)`` uint8 and labels ``(N,)`` int32.

    Example:
        >>> len(training_arrays("mnist", include_test=True)[1])
        70000
    """
    data = LOADERS[name]()
    if not include_test:
        return data.train_images, data.train_labels
    return (
        np.concatenate([data.train_images, data.test_images]),
        np.concatenate([data.train_labels, data.test_labels]),
    )
