"""What all readers of data sets share: images with labels, and what is checked in each of them."""

from collections import Counter
from typing import NamedTuple

import numpy as np

from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory

#: The networks halve the height and width twice.
_MULTIPLE = 4


class Part(NamedTuple):
    """The training or the test data as read. Nobody has looked at the labels yet."""

    images: np.ndarray  # (N, H, W, C) uint8, C 1 or 3, each of them at least 1
    labels: np.ndarray  # (M,) of any integer type
    where: str  # the labels come from, for messages


def number_of_classes(train):
    """The number of classes, once the labels are known to be good.

    Args:
        train: A ``Part``.

    Returns:
        K: the labels are 0 to K-1, each at least once.

    Raises:
        DataError: If they are not, or are not as many as the images.

    Example:
        >>> number_of_classes(Part(np.zeros((3, 4, 4, 1)), np.array([1, 0, 1]), "here"))
        2
    """
    check_labels(train, len(train.images))
    counts = np.bincount(train.labels.astype(np.int64))
    if 0 in counts:
        raise DataError(
            f"{train.where}: no training image has the label {np.argmin(counts)}, but one has "
            f"{len(counts) - 1}; labels must be 0 to K-1, each at least once."
        )
    return len(counts)


def check_labels(part, classes):
    """One label for each image.

    Args:
        part: A ``Part``.
        classes: Labels must be below.

    Raises:
        DataError: If there is another number of labels, or one is out of the range.
    """
    images, labels, where = part
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(labels):,} labels for {len(images):,} images.")
    lowest, highest = int(labels.min()), int(labels.max())
    if lowest < 0 or highest >= classes:
        raise DataError(
            f"{where}: holds the label {lowest if lowest < 0 else highest}; allowed: 0 to "
            f"{classes - 1}, each at least once among the training labels."
        )


def checked_names(names, classes, where):
    """Names that can be typed and printed.

    Args:
        names: Of the classes.
        classes: How many there must be.
        where: They come from, for messages.

    Returns:
        The names without blanks around them.

    Raises:
        DataError: If there is another number of names, or two are alike, or one is empty or has
            a comma.
    """
    names = tuple(name.strip() for name in names)
    if len(names) != classes:
        raise DataError(f"{where}: {len(names)} names for the {classes} classes of the labels.")
    for name, count in Counter(names).items():
        if not name or not name.isprintable() or "," in name or count > 1:
            raise DataError(
                f"{where}: {name!r} cannot name a class; allowed: {classes} different names, not "
                "empty, without commas."
            )
    return names


class Dataset(NamedTuple):
    """Labelled images, split as published."""

    train_images: np.ndarray  # (N, H, W, C) uint8, H and W divisible by 4, C 1 or 3
    train_labels: np.ndarray  # (N,) int32, 0..K-1, each of them at least once
    test_images: np.ndarray  # (M, H, W, C) uint8; M may be 0
    test_labels: np.ndarray  # (M,) int32, 0..K-1
    class_names: tuple[str, ...]  # K names, in the order of the labels
    notes: tuple[str, ...] = ()  # what was changed and should be said aloud


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
        >>> from acwgan.datasets.loading import load
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


def checked_dataset(train, test, names, names_at):
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
