"""Training images that are kept apart as test images, or to stand in for them."""

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.errors import ParameterError


def hold_out(data: Dataset, amount: float, seed: int = 0, parameter: str = "hold_out") -> Dataset:
    """Keep training images apart, and let them stand in for the test images.

    Decisions during development (which variant, which seed) are made on these, so that the test
    images are looked at once, at the end.

    Args:
        data: The data set.
        amount: Number of training images, or a share of them below 1; 0 changes nothing. Each
            class gives the same share, but keeps an image to train on.
        seed: Seed of the choice.
        parameter: Name of ``amount`` in messages.

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
        fault = (
            "must be 0 with images that stay on the disk; put these into the test part of the data"
        )
        raise ParameterError({parameter: fault})
    return divided(data, held_out_rows(data, amount, seed, parameter))


def divided(data: Dataset, chosen: np.ndarray) -> Dataset:
    """Let some training images take the place of the test images.

    Args:
        data: The data set.
        chosen: ``(N,)`` bool, whether each training image is one of them.
    """
    return data._replace(
        train_images=data.train_images[~chosen],
        train_labels=data.train_labels[~chosen],
        test_images=data.train_images[chosen],
        test_labels=data.train_labels[chosen],
    )


def held_out_rows(
    data: Dataset, amount: float, seed: int = 0, parameter: str = "hold_out"
) -> np.ndarray:
    """Choose training images, as many of each class as its share.

    Args:
        data: The data set.
        amount: See ``hold_out``, above 0.
        seed: See ``hold_out``.
        parameter: See ``hold_out``.

    Returns:
        ``(N,)`` bool, whether each training image is chosen.

    Raises:
        ParameterError: If too few images would remain.
    """
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
        raise ParameterError({parameter: fault})
    order = np.random.default_rng(seed).permutation(len(labels))
    chosen = [order[labels[order] == label][:count] for label, count in enumerate(wanted)]
    held_out = np.zeros(len(labels), bool)
    held_out[np.concatenate(chosen)] = True
    return held_out


def with_test_share(data: Dataset, share: float) -> Dataset:
    """Set a share of the training images apart as the test images of a data set that has none.

    Args:
        data: The data set.
        share: Share of the training images, below 1; 0 changes nothing. Each class gives the same
            share. The choice is always the same.

    Returns:
        The data set, with a note.

    Raises:
        ParameterError: If it has test images, or too few images.

    Example:
        >>> images, labels = np.zeros((20, 8, 8, 1), np.uint8), np.arange(20) % 2
        >>> data = Dataset(images, labels, images[:0], labels[:0], ("a", "b"))
        >>> with_test_share(data, 0.2).notes
        ('4 of 20 images are the test images (`test_share`)',)
    """
    if not share:
        return data
    noted, _ = test_rows(data, share)
    return hold_out(noted, share, parameter="test_share")


def test_rows(data: Dataset, share: float) -> tuple[Dataset, np.ndarray]:
    """Choose what ``with_test_share`` sets apart, without touching the images.

    Args:
        data: See ``with_test_share``.
        share: See ``with_test_share``, above 0.

    Returns:
        The data set with the note, and ``(N,)`` bool, whether each training image is chosen.

    Raises:
        ParameterError: As ``with_test_share``.
    """
    if len(data.test_images):
        what = f"the data has {len(data.test_images):,} test images of its own"
        raise ParameterError({"test_share": f"must be 0, {what}"})
    chosen = held_out_rows(data, share, parameter="test_share")
    note = f"{chosen.sum():,} of {len(chosen):,} images are the test images (`test_share`)"
    return data._replace(notes=(*data.notes, note)), chosen
