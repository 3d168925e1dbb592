"""Labelled images: as they are read from files, and as the checked data set that training uses."""

import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from acwgan.datasets.image_arrays import pixels_of
from acwgan.datasets.labels import Classes, classes_of
from acwgan.errors import DataError, UserNotice
from acwgan.files.untrusted import check_memory
from acwgan.messages import JOINERS, printable


class Split(NamedTuple):
    """A training or test split as it was read. Neither images nor labels are checked yet.

    Attributes:
        images: Images in any form that ``image_arrays.pixels_of`` understands.
        labels: Labels in any form that ``labels.classes_of`` understands; None if there are none.
        source: The file or array that holds the labels, for messages.
        images_source: The file or array that holds the images; empty for that of the labels.
    """

    images: Any
    labels: Any
    source: str
    images_source: str = ""


class RawDataset(NamedTuple):
    """What every reader of a data set returns, before labels and names are checked.

    Attributes:
        train: The training split.
        test: The test split; None if there is none.
        class_names: The names of the classes in the order of the labels; None if there are none.
        notes: What was changed or left out, for the user to know.
    """

    train: Split
    test: Split | None
    class_names: list[str] | None
    notes: tuple[str, ...] = ()


class Dataset(NamedTuple):
    """Labelled images, split as published.

    Attributes:
        train_images: ``(N, H, W, C)`` uint8, C 1 or 3.
        train_labels: ``(N,)`` int32, 0 to K-1, each at least once; 0 for images without labels.
        test_images: ``(M, H, W, C)`` uint8; M may be 0.
        test_labels: ``(M,)`` int32, 0 to K-1.
        class_names: K names, in the order of the labels; empty for images without labels.
        notes: What was changed in the images and labels, for the user to know.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def checked_names(names: Iterable[str], classes: int, source: str | Path) -> tuple[str, ...]:
    """Check that class names are different and can be typed and printed.

    Args:
        names: The names in the order of the labels.
        classes: Number of classes.
        source: The file or array that holds the names, for messages.

    Returns:
        The names in the composed form of Unicode (NFC), which keyboards give, and not in the one
        that macOS gives to names of folders. Without blanks around them; other blanks, as the wide
        one of Chinese and Japanese, are plain ones.

    Raises:
        DataError: If there are more or fewer names than classes, or a name is empty, appears twice
            or has a character that cannot be printed.
    """
    names = tuple(_composed(name) for name in names)
    if len(names) != classes:
        raise DataError(
            f"{source}: {len(names)} names for the {classes} classes of the labels; there must be "
            "one name for each class."
        )
    for name, count in Counter(names).items():
        if not name.strip(JOINERS) or name != printable(name) or count > 1:
            raise DataError(
                f"{source}: {name!r} cannot name a class; the {classes} names must be different, "
                "not empty, and without characters that cannot be printed."
            )
    return names


def _composed(name: str) -> str:
    plain = "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in name)
    return unicodedata.normalize("NFC", plain.strip())


def training_arrays(data: Dataset, include_test: bool) -> tuple[np.ndarray, np.ndarray]:
    """Select the images and labels that a run trains on.

    Args:
        data: The data set.
        include_test: Add the test images, as the Keras article does. Such a run cannot be
            evaluated on them.

    Returns:
        Images ``(N, H, W, C)`` uint8 and labels ``(N,)`` int32.

    Raises:
        DataError: If test images would have to be joined to images that stay on the disk.

    Example:
        >>> from acwgan.datasets.loading import load
        >>> len(training_arrays(load("mnist"), include_test=True)[1])
        70000
    """
    if not include_test or not len(data.test_labels):
        return data.train_images, data.train_labels
    if isinstance(data.train_images, np.memmap):
        raise DataError(
            "`include_test` cannot join images that stay on the disk; put all of them into the "
            "training part: x_train.npy and y_train.npy, or one folder for each class."
        )
    return (
        np.concatenate([data.train_images, data.test_images]),
        np.concatenate([data.train_labels, data.test_labels]),
    )


def checked_dataset(raw: RawDataset, names_source: str | Path) -> Dataset:
    """Check what a reader has read and make a data set of it.

    Args:
        raw: The splits and the class names. Without names the labels name their classes; without
            training labels there are no classes.
        names_source: The file or array that holds the names, for messages.

    Returns:
        The data set.

    Raises:
        DataError: If images, labels or names may mean more than one thing, or do not fit together.
    """
    train, test, names, _ = raw
    pixels = pixels_of(train, test)
    train = train._replace(images=pixels.train)
    if test is not None:
        test = test._replace(images=pixels.test)
        if test.images.shape[1:] != train.images.shape[1:]:
            raise DataError(
                f"{test.source}: the test images are {test.images.shape[1:]}, the training images "
                f"{train.images.shape[1:]}; both must have the same (H, W, C)."
            )
    classes = _without_classes(train, test)
    if train.labels is not None:
        classes = classes_of(train, test, names)
    count = 0 if train.labels is None else int(classes.train.max()) + 1
    class_names = checked_names(classes.names, count, names_source)
    if test is None or classes.test is None:
        test = Split(train.images[:0], None, "")
    return Dataset(
        _contiguous(train.images),
        classes.train,
        _contiguous(test.images),
        classes.train[:0] if classes.test is None else classes.test,
        class_names,
        (*raw.notes, *pixels.notes, *classes.notes),
    )


def _without_classes(train: Split, test: Split | None) -> Classes:
    """All labels 0, for images without labels."""
    labels = np.zeros(len(train.images), np.int32)
    return Classes(labels, None if test is None else np.zeros(len(test.images), np.int32), [], ())


def _contiguous(images: np.ndarray) -> np.ndarray:
    """The images in C order; those that stay on the disk as they are."""
    return images if isinstance(images, np.memmap) else np.ascontiguousarray(images)


def padded_as_in_0_1(data: Dataset) -> Dataset:
    """Pad images evenly with black to sides that are multiples of 4.

    acwgan 0.1 did so to all data. Its runs get their data in this way; a ``UserNotice`` says so.

    Args:
        data: The data set.

    Returns:
        The data set with padded images; images that stay on the disk are not changed.

    Raises:
        DataError: If the padded images do not fit into the memory.
    """
    height, width = data.train_images.shape[1:3]
    size = (height + -height % 4, width + -width % 4)
    if isinstance(data.train_images, np.memmap) or (height, width) == size:
        return data
    what = f"images are {height}x{width}; padded with black to {size[0]}x{size[1]}"
    warnings.warn(UserNotice(f"{what}, as the run was trained by acwgan 0.1."), stacklevel=2)
    return data._replace(
        train_images=_padded(data.train_images, size), test_images=_padded(data.test_images, size)
    )


def _padded(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    count, height, width, channels = images.shape
    check_memory("the padded images", count * size[0] * size[1] * channels)
    padded = np.zeros((count, *size, channels), np.uint8)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    padded[:, top : top + height, left : left + width] = images
    return padded


def transposed(data: Dataset) -> Dataset:
    """Swap height and width of all images: EMNIST's files hold them so.

    Args:
        data: The data set.

    Returns:
        The data set with ``(N, W, H, C)`` images.

    Example:
        >>> images, labels = np.zeros((2, 4, 8, 1), np.uint8), np.arange(2)
        >>> transposed(Dataset(images, labels, images, labels, ("a", "b"))).train_images.shape
        (2, 8, 4, 1)
    """

    def turned(images: np.ndarray) -> np.ndarray:
        view = images.swapaxes(1, 2)
        return view if isinstance(view, np.memmap) else np.ascontiguousarray(view)

    return data._replace(
        train_images=turned(data.train_images), test_images=turned(data.test_images)
    )
