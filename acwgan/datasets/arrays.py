"""Turns data that is handed over in Python into a data set: arrays, or a ``tf.data.Dataset``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from acwgan.datasets.dataset import Dataset, RawDataset, Split, checked_dataset, transposed
from acwgan.errors import DataError
from acwgan.files.untrusted import human_size, memory_limit

if TYPE_CHECKING:
    import tensorflow as tf
    from numpy.typing import ArrayLike

    _Pair: TypeAlias = tuple[ArrayLike, ArrayLike]
    #: What ``dataset_of`` takes.
    DataLike: TypeAlias = Dataset | _Pair | tuple[_Pair, _Pair] | tf.data.Dataset | ArrayLike

_FORMS = (
    "a Dataset, (x, y), ((x_train, y_train), (x_test, y_test)), a tf.data.Dataset of images and "
    "labels, or x alone for images without classes"
)


def dataset_of(data: DataLike, *, transpose: bool = False) -> Dataset:
    """Check data that is handed over in Python, and convert it where it can mean only one thing.

    Args:
        data: A ``Dataset``; ``(x, y)``; ``((x_train, y_train), (x_test, y_test))``, as the loaders
            of ``keras.datasets`` return it; a finite ``tf.data.Dataset`` of ``(x, y)`` or of
            ``{"image": x, "label": y}``, batched or not, which is read into memory; or ``x``
            alone, images without classes. Images and labels have any form that
            ``image_arrays.pixels_of`` and ``labels.classes_of`` understand.
        transpose: Whether to swap height and width of the images.

    Returns:
        The data set; its ``notes`` say what was converted.

    Raises:
        DataError: If the data may mean more than one thing, or does not fit together.

    Example:
        >>> x, y = np.linspace(0, 1, 3 * 64).reshape(3, 8, 8), np.array(["cat", "dog", "cat"])
        >>> data = dataset_of((x, y))
        >>> data.train_images.dtype, data.train_labels.tolist(), data.class_names
        (dtype('uint8'), [0, 1, 0], ('cat', 'dog'))
    """
    raw = _raw(data)
    found = checked_dataset(raw, "`data`")
    if isinstance(data, Dataset):
        found = found._replace(notes=(*data.notes, *found.notes))
    return transposed(found) if transpose else found


def _raw(data: Any) -> RawDataset:
    if isinstance(data, Dataset):
        train = _split(data.train_images, data.train_labels if data.class_names else None, "train")
        test = _split(data.test_images, data.test_labels, "test") if len(data.test_images) else None
        return RawDataset(train, test, list(data.class_names) or None)
    if hasattr(data, "as_numpy_iterator") and hasattr(data, "element_spec"):
        images, labels = _materialized(data)
        return RawDataset(_split(images, labels), None, None)
    if isinstance(data, tuple):
        if len(data) != 2:
            raise DataError(f"`data` must be {_FORMS}, got a tuple of {len(data)}.")
        if all(isinstance(part, tuple) and len(part) == 2 for part in data):
            (x_train, y_train), (x_test, y_test) = data
            test = _split(x_test, y_test, "test")
            return RawDataset(_split(x_train, y_train, "train"), test, None)
        return RawDataset(_split(data[0], data[1]), None, None)
    if isinstance(data, (list, np.ndarray)) or hasattr(data, "__array__"):
        return RawDataset(_split(data, None), None, None)
    raise DataError(f"`data` must be {_FORMS}, got {type(data).__name__}.")


def _split(images: Any, labels: Any, part: str = "") -> Split:
    ending = f"_{part}" if part else ""
    return Split(images, labels, f"`data`: y{ending}", f"`data`: x{ending}")


def _materialized(data: tf.data.Dataset) -> tuple[Any, Any]:
    """The images and labels of a finite ``tf.data.Dataset``; the labels are None without any."""
    image, label = _pair(data.element_spec)
    if int(data.cardinality()) == -1:  # tf.data.INFINITE_CARDINALITY
        raise DataError("`data` repeats without end; leave out .repeat(), or add .take(n).")
    batched = _is_batched(image, label)
    # Joining the elements makes a second copy.
    free, size = memory_limit(), 0
    limit = None if free is None else free // 2
    images, labels = [], []
    for element in data.as_numpy_iterator():
        x, y = _pair(element)
        size += x.nbytes
        if limit is not None and size > limit:
            raise DataError(
                f"`data` takes more than {human_size(limit)}, a quarter of the free memory; write "
                "it into a folder of .npy files, whose images stay on the disk."
            )
        images.append(x if batched else x[None])
        labels.append(y if batched or y is None else np.asarray(y)[None])
    if not images:
        raise DataError("`data` is an empty tf.data.Dataset.")
    if len({x.shape[1:] for x in images}) > 1:
        raise DataError("`data` holds images of several shapes; give all of them the same one.")
    return np.concatenate(images), None if label is None else np.concatenate(labels)


def _pair(element: Any) -> tuple[Any, Any]:
    """Image and label of an element, or of its description; the label is None without any."""
    if isinstance(element, dict) and "image" in element:
        return element["image"], element.get("label")
    if isinstance(element, tuple) and len(element) == 2:
        return element
    if isinstance(element, (tuple, dict)):
        raise DataError(
            "`data` is a tf.data.Dataset whose elements are neither images nor (image, label); "
            "select these with .map(...)."
        )
    return element, None


def _is_batched(image: Any, label: Any) -> bool:
    """Whether the elements are batches, from the shapes of images and labels."""
    shape, rank = image.shape, image.shape.rank
    label_shape = None if label is None else label.shape
    if rank == 4:
        return True
    if rank == 1 or (rank in (2, 3) and label_shape is not None and label_shape.rank == 0):
        return False
    if rank == 3 and shape[2] in (1, 3):
        return False  # (H, W, C), with a one-hot label or without any.
    if rank in (2, 3) and (shape[0] is None or (label_shape and shape[0] == label_shape[0])):
        return True
    if rank == 2 and (label_shape is not None or shape[0] == shape[1]):
        return False  # (H, W), with a one-hot label or without any.
    raise DataError(
        f"`data` is a tf.data.Dataset of images of the shape {shape}, which may be one image or a "
        "batch; make batches of (H, W, C) images: .batch(64)"
    )
