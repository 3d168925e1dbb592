"""Generated images that are to be evaluated: read from a file, checked, and chosen."""

from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import Dataset
from acwgan.errors import UserError
from acwgan.evaluation.real_images import IMAGES, balanced, first_rows
from acwgan.files.npz import MAX_IMAGES, array_names, read_array
from acwgan.images.pixels import allowed_images, is_images

#: Real images of which no figure means anything.
_FEWEST = 100


class SamplesError(UserError):
    """Images, labels or the data they are compared with cannot be used; the message says why."""


def load_samples(
    path: str | Path, image_shape: tuple[int, int, int] = (28, 28, 1)
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read images and their labels, their headers before their pixels.

    Args:
        path: npz file with ``x`` and ``y``, or ``x_train`` and ``y_train`` as Keras'
            ``mnist.npz``: ``(N, H, W, C)`` uint8, grey ones also ``(N, H, W)``, and ``(N,)``
            integers. Images without classes have no ``y``.
        image_shape: ``(H, W, C)``.

    Returns:
        Images ``(N, H, W)`` or ``(N, H, W, 3)`` uint8, and labels ``(N,)`` or None.

    Raises:
        NpzError: Naming the file and what is wrong with it.
        OSError: If it cannot be read.
    """
    height, width, channels = image_shape
    shapes = [image_shape, (height, width)] if channels == 1 else [image_shape]

    def images_allowed(shape, dtype):
        return shape[1:] in shapes and shape[0] <= MAX_IMAGES and dtype == np.uint8

    def labels_allowed(shape, dtype):
        return len(shape) == 1 and shape[0] <= MAX_IMAGES and dtype.kind in "iu"

    at_most = f"N at most {MAX_IMAGES:,}"
    names = ["x", "x_train"], ["y", "y_train"]
    what = f"{allowed_images(image_shape)}, {at_most}"
    images = read_array(path, names[0], images_allowed, what)
    if channels == 1:
        images = images.reshape(-1, height, width)
    if not set(names[1]) & set(array_names(path)):
        return images, None
    return images, read_array(path, names[1], labels_allowed, f"(N,) integers, {at_most}")


def check_data(data: Dataset) -> None:
    """Refuse data that nothing can be compared with.

    Args:
        data: See ``evaluation.evaluate``.

    Raises:
        SamplesError: If it has too few training or test images.
    """
    for part, images in (("training", data.train_images), ("test", data.test_images)):
        if len(images) < _FEWEST:
            raise SamplesError(
                f"data: {len(images)} {part} images are too few to compare with; "
                f"allowed: at least {_FEWEST}"
            )


def check(images: np.ndarray, labels: np.ndarray | None, data: Dataset) -> None:
    """Refuse what cannot be evaluated.

    Args:
        images: See ``evaluation.evaluate``.
        labels: See there.
        data: See there.

    Raises:
        SamplesError: If images, labels or data are not as there, or too few.
    """
    check_data(data)
    image_shape, classes = data.train_images.shape[1:], len(data.class_names)
    if not is_images(images, image_shape):
        raise SamplesError(
            f"images: {images.shape} {images.dtype} is not allowed; "
            f"allowed: {allowed_images(image_shape)}"
        )
    too_few = "are too few for the Fréchet distance; allowed: at least"
    if labels is None:
        needed = min(IMAGES, len(data.train_images))
        if len(images) < needed:
            raise SamplesError(f"images: {len(images):,} {too_few} {needed:,}")
        return
    if labels.shape != images.shape[:1] or labels.dtype.kind not in "iu":
        what = f"{labels.shape} {labels.dtype}"
        raise SamplesError(f"labels: {what} is not allowed; allowed: ({len(images)},) integers")
    if wrong := set(labels.tolist()) - set(range(classes)):
        raise SamplesError(f"labels: {min(wrong)} is not allowed; allowed: 0 to {classes - 1}")
    needed = balanced(data)
    counts = np.bincount(labels.astype(np.int32), minlength=classes)
    label = int(np.argmax(needed - counts))
    if counts[label] < needed[label]:
        raise SamplesError(
            f"images: {counts[label]:,} of class {data.class_names[label]} {too_few} "
            f"{needed[label]:,} of it and {needed.sum():,} images in all"
        )


def chosen_rows(labels: np.ndarray | None, data: Dataset, total: int) -> np.ndarray:
    """Which of the generated images are compared: the first, as many of each class.

    Args:
        labels: ``(N,)`` integers 0..K-1, or None for images without classes.
        data: What they are compared with.
        total: About how many; see ``reference.balanced``.

    Returns:
        Their places, in order.
    """
    if labels is None:
        return np.arange(min(total, len(data.train_images)))
    return first_rows(labels, balanced(data, total))
