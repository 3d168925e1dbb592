"""Labelled images: as they are read from files, and as the checked data set that training uses."""

import warnings
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.errors import DataError, ParameterError, UserNotice
from acwgan.files.untrusted import check_memory


class Split(NamedTuple):
    """A training or test split as it was read. Its labels are not checked yet.

    Attributes:
        images: ``(N, H, W, C)`` uint8, C 1 or 3, no axis empty.
        labels: ``(M,)`` of any integer dtype.
        source: The file or array that holds the labels, for messages.
    """

    images: np.ndarray
    labels: np.ndarray
    source: str


class RawDataset(NamedTuple):
    """What every reader of a data set returns, before labels and names are checked.

    Attributes:
        train: The training split.
        test: The test split; None if there is none.
        class_names: The names of the classes in the order of the labels; None if there are none.
    """

    train: Split
    test: Split | None
    class_names: list[str] | None


class Dataset(NamedTuple):
    """Labelled images, split as published.

    Attributes:
        train_images: ``(N, H, W, C)`` uint8, C 1 or 3.
        train_labels: ``(N,)`` int32, 0 to K-1, each at least once.
        test_images: ``(M, H, W, C)`` uint8; M may be 0.
        test_labels: ``(M,)`` int32, 0 to K-1.
        class_names: K names, in the order of the labels.
        notes: What was changed in the data, for the user to know.
    """

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def number_of_classes(train: Split) -> int:
    """Check the training labels and count the classes.

    Args:
        train: The training split.

    Returns:
        K, where the labels are 0 to K-1, each at least once.

    Raises:
        DataError: If the labels are others, or there are more or fewer labels than images.

    Example:
        >>> number_of_classes(Split(np.zeros((3, 4, 4, 1)), np.array([1, 0, 1]), "here"))
        2
    """
    check_labels(train, len(train.images))
    counts = np.bincount(train.labels.astype(np.int64))
    if 0 in counts:
        raise DataError(
            f"{train.source}: no training image has the label {np.argmin(counts)}, but one has "
            f"{len(counts) - 1}; labels must be 0 to K-1, each at least once."
        )
    return len(counts)


def check_labels(split: Split, classes: int) -> None:
    """Check that there is one label for each image, and that it is one of the classes.

    Args:
        split: The images and labels.
        classes: Number of classes; labels must be 0 to ``classes`` - 1.

    Raises:
        DataError: If there are more or fewer labels than images, or a label is out of range.
    """
    images, labels, source = split
    if len(images) != len(labels):
        raise DataError(
            f"{source}: {len(labels):,} labels for {len(images):,} images; there must be one label "
            "for each image."
        )
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise DataError(
            f"{source}: holds the label {lowest if lowest < 0 else highest}; labels must be 0 to "
            f"{classes - 1}, each at least once among the training labels."
        )


def checked_names(names: Iterable[str], classes: int, source: str | Path) -> tuple[str, ...]:
    """Check that class names are different and can be typed and printed.

    Args:
        names: The names in the order of the labels.
        classes: Number of classes.
        source: The file or array that holds the names, for messages.

    Returns:
        The names without surrounding blanks.

    Raises:
        DataError: If there are more or fewer names than classes, or a name is empty, not
            printable, with a comma, or appears twice.
    """
    names = tuple(name.strip() for name in names)
    if len(names) != classes:
        raise DataError(
            f"{source}: {len(names)} names for the {classes} classes of the labels; there must be "
            "one name for each class."
        )
    for name, count in Counter(names).items():
        if not name or not name.isprintable() or "," in name or count > 1:
            raise DataError(
                f"{source}: {name!r} cannot name a class; the {classes} names must be different, "
                "not empty, and without commas."
            )
    return names


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
            "`include_test` cannot join .npy files, which stay on the disk; put all images into "
            "x_train.npy and all labels into y_train.npy."
        )
    return (
        np.concatenate([data.train_images, data.test_images]),
        np.concatenate([data.train_labels, data.test_labels]),
    )


def checked_dataset(raw: RawDataset, names_source: str | Path) -> Dataset:
    """Check what a reader has read and make a data set of it.

    Args:
        raw: The splits and the class names; "0" to "K-1" are the names if it has none.
        names_source: The file or array that holds the names, for messages.

    Returns:
        The data set.

    Raises:
        DataError: If labels, names or image sizes do not fit together.
    """
    train, test, names = raw
    classes = number_of_classes(train)
    if names is None:
        names = [str(label) for label in range(classes)]
    class_names = checked_names(names, classes, names_source)
    if test is None:
        test = Split(train.images[:0], train.labels[:0], "")
    else:
        check_labels(test, classes)
        if test.images.shape[1:] != train.images.shape[1:]:
            raise DataError(
                f"{test.source}: the test images are {test.images.shape[1:]}, the training images "
                f"{train.images.shape[1:]}; both must have the same (H, W, C)."
            )
    return Dataset(
        _contiguous(train.images),
        train.labels.astype(np.int32),
        _contiguous(test.images),
        test.labels.astype(np.int32),
        class_names,
    )


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


def hold_out(data: Dataset, amount: float, seed: int = 0) -> Dataset:
    """Keep training images apart, and let them stand in for the test images.

    Decisions during development (which variant, which seed) are made on these, so that the test
    images are looked at once, at the end.

    Args:
        data: The data set.
        amount: Number of training images, or a share of them below 1; 0 changes nothing. Each
            class gives the same share, but keeps an image to train on.
        seed: Seed of the choice.

    Returns:
        The data set whose training split lacks these images and whose test split holds nothing
        else.

    Raises:
        ParameterError: If the images stay on the disk, or too few would remain.

    Example:
        >>> from acwgan.datasets.loading import load
        >>> data = hold_out(load("mnist"), 5000)
        >>> len(data.train_images), len(data.test_images)
        (55000, 5000)
    """
    if not amount:
        return data
    if isinstance(data.train_images, np.memmap):
        raise ParameterError({"hold_out": "must be 0 with .npy files; put them into x_test.npy"})
    labels = data.train_labels
    total = round(amount if amount >= 1 else amount * len(labels))
    counts = np.bincount(labels, minlength=len(data.class_names))
    shares = total * counts / len(labels)
    wanted = shares.astype(int)
    # The images that rounding down leaves over, to the classes that it took most from.
    wanted[np.argsort(wanted - shares, kind="stable")[: total - wanted.sum()]] += 1
    wanted = np.minimum(wanted, counts - 1)
    if total >= len(labels) or not wanted.any():
        fault = f"must leave images to train on and take some, got {amount:g} of {len(labels):,}"
        raise ParameterError({"hold_out": fault})
    order = np.random.default_rng(seed).permutation(len(labels))
    chosen = [order[labels[order] == label][:count] for label, count in enumerate(wanted)]
    held_out = np.zeros(len(labels), bool)
    held_out[np.concatenate(chosen)] = True
    return data._replace(
        train_images=data.train_images[~held_out],
        train_labels=labels[~held_out],
        test_images=data.train_images[held_out],
        test_labels=labels[held_out],
    )
