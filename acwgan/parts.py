"""What all readers of data sets share: images with labels, and what is checked in each of them."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.errors import UserError
from acwgan.files import memory_limit


class DataError(UserError):
    """Data is missing or is not what it should be; the message names the file."""


class Part(NamedTuple):
    """The training or the test data as read. Nobody has looked at the labels yet."""

    images: np.ndarray  # (N, H, W, C) uint8, C 1 or 3, each of them at least 1
    labels: np.ndarray  # (M,) of any integer type
    where: str  # the labels come from, for messages


def check_memory(path: str | Path, size: int) -> None:
    """Refuse data before it is allocated: it may take half of the free memory.

    Args:
        path: Of the data, for the message.
        size: Bytes that its header asks for.

    Raises:
        DataError: If that is too much.

    Example:
        >>> check_memory("a.npz", 784)
    """
    limit = memory_limit()
    if limit is not None and size > limit:
        raise DataError(
            f"{path}: its header asks for {_human(size)} of memory; at most {_human(limit)} are "
            "allowed, half of what is free here."
        )


def _human(size):
    return f"{size / 2**30:,.1f} GiB" if size >= 2**29 else f"{size / 2**20:,.1f} MiB"


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
