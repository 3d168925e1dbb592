"""Generated images that are to be evaluated: read from a file, checked, and selected."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.errors import ParameterError, UserError
from acwgan.evaluation.real_images import IMAGES, balanced, first_rows
from acwgan.files.npz import MAX_IMAGES, array_names, read_array
from acwgan.images.npz_images import read_npz_images
from acwgan.images.pixels import as_images

#: With fewer real images, no metric means anything.
_FEWEST = 100


class SamplesError(UserError):
    """Images, labels or the data they are compared with cannot be used; the message says why."""


def load_samples(
    path: str | Path, image_shape: tuple[int, int, int] = (28, 28, 1)
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read images and their labels. Headers are checked before pixels are unpacked.

    Args:
        path: Path of an npz file with images as for ``images.read_npz_images``, and labels ``y`` or
            ``y_train`` ``(N,)`` integers. Images without classes have no labels.
        image_shape: ``(H, W, C)``.

    Returns:
        Images ``(N, H, W)`` or ``(N, H, W, 3)`` uint8, and labels ``(N,)`` or None.

    Raises:
        NpzError: If the file does not hold such arrays.
        OSError: If the file cannot be read.
    """

    def labels_allowed(shape: tuple[int, ...], dtype: np.dtype) -> bool:
        return len(shape) == 1 and shape[0] <= MAX_IMAGES and dtype.kind in "iu"

    names = ["y", "y_train"]
    images = read_npz_images(path, image_shape)
    if image_shape[2] == 1:
        images = images.squeeze(-1)
    if not set(names) & set(array_names(path)):
        return images, None
    what = f"(N,) integers, N at most {MAX_IMAGES:,}"
    return images, read_array(path, names, labels_allowed, what)


def check_names(path: str | Path, data: Dataset) -> None:
    """Refuse images whose file names other classes than the data has.

    Args:
        path: Path of the npz file, with ``class_names`` ``(K,)`` text or without any.
        data: The data that the images imitate.

    Raises:
        SamplesError: If the classes are others, or in another order.
        NpzError: If the names are no texts.
    """
    if not data.class_names or "class_names" not in array_names(path):
        return
    found = read_array(
        path, ["class_names"], lambda shape, dtype: len(shape) == 1 and dtype.kind == "U", "text"
    )
    names = tuple(found.tolist())
    if names != data.class_names and tuple(map(str, range(len(names)))) != data.class_names:
        raise SamplesError(
            f"{path}: holds the classes {', '.join(names)}, the data "
            f"{', '.join(data.class_names)}; pass the data that the images imitate as `dataset`"
        )


def check_data(data: Dataset) -> None:
    """Refuse data with too few images to compare with.

    Args:
        data: The data that the generated images imitate.

    Raises:
        SamplesError: If there are too few training or test images.
    """
    for part, images in (("training", data.train_images), ("test", data.test_images)):
        if len(images) < _FEWEST:
            raise SamplesError(
                f"data must have at least {_FEWEST} {part} images to compare with, "
                f"got {len(images)}"
            )


def check_samples(images: np.ndarray, labels: np.ndarray | None, data: Dataset) -> np.ndarray:
    """Refuse images, labels or data that ``evaluation.evaluate`` cannot compare.

    Args:
        images: Generated images, in a form that ``images.as_images`` understands.
        labels: Labels of the images, or None without classes.
        data: The data that the images imitate.

    Returns:
        The images, ``(N, H, W, C)`` uint8.

    Raises:
        SamplesError: If shapes, dtypes or labels are wrong, or there are too few images.
    """
    check_data(data)
    image_shape, classes = data.train_images.shape[1:], len(data.class_names)
    try:
        images = as_images(images, image_shape)
    except ParameterError as error:
        raise SamplesError(str(error)) from error
    if labels is None:
        fewest = min(IMAGES, len(data.train_images))
        if len(images) < fewest:
            raise SamplesError(
                f"there must be at least {fewest:,} images for the Fréchet distance, "
                f"got {len(images):,}"
            )
        return images
    if not classes:
        raise SamplesError("the data has no labels; compare images without labels with it")
    labels = np.asarray(labels)
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        found = f"{labels.shape} {labels.dtype}"
        raise SamplesError(f"labels must be ({len(images)},) integers, got {found}")
    if wrong := set(labels.tolist()) - set(range(classes)):
        raise SamplesError(f"labels must be from 0 to {classes - 1}, got {min(wrong)}")
    needed = balanced(data)
    counts = np.bincount(labels.astype(np.int32), minlength=classes)
    label = int(np.argmax(needed - counts))
    if counts[label] < needed[label]:
        raise SamplesError(
            f"there must be at least {needed[label]:,} images of class {data.class_names[label]} "
            f"({needed.sum():,} of all classes) for the Fréchet distance, got {counts[label]:,}"
        )
    return images


def compared_rows(labels: np.ndarray | None, data: Dataset, total: int) -> np.ndarray:
    """Rows of the generated images that are compared: the first ones, balanced by class.

    Args:
        labels: ``(N,)`` integers from 0 to K-1, or None for images without classes.
        data: The data that they are compared with.
        total: Number of images, about; see ``real_images.balanced``.

    Returns:
        Integers below N, in ascending order.
    """
    if labels is None:
        return np.arange(min(total, len(data.train_images)))
    return first_rows(labels, balanced(data, total))
