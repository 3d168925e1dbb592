"""Reads ``.npz`` files of images and labels, with the names of Keras, MedMNIST and others."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.files.npz import NpzError, array_names, read_array

#: Largest number of class names, and largest size of a name in bytes.
_MAX_NAMES, _MAX_NAME_BYTES = 100_000, 4 * 1000


class _Layout(NamedTuple):
    """The names of the arrays in a kind of file; ``{}`` stands for ``train`` or ``test``."""

    images: str
    labels: str


#: The first layout whose training images are in a file is that of the file.
_LAYOUTS = (
    _Layout("x_{}", "y_{}"),  # Keras
    _Layout("{}_images", "{}_labels"),  # MedMNIST
    _Layout("x", "y"),
    _Layout("images", "labels"),
    _Layout("data", "labels"),
    _Layout("data", "target"),  # scikit-learn
    _Layout("arr_0", "arr_1"),  # numpy.savez(FILE, x, y)
)


def read_keras_npz(path: str | Path) -> RawDataset:
    """Read images and labels from an ``.npz`` file.

    Args:
        path: Path of the file, with ``x_train`` and ``y_train`` as Keras' ``mnist.npz``,
            ``train_images`` and ``train_labels`` as MedMNIST, ``x`` and ``y``, ``images`` and
            ``labels``, ``data`` and ``labels`` or ``target``, or ``arr_0`` and ``arr_1``, in upper
            or lower case. The forms are those of ``image_arrays.pixels_of`` and
            ``labels.classes_of``. A test split with ``test`` for ``train``, or else a validation
            split with ``val``, and ``class_names`` ``(K,)`` text are optional. A single array, or
            images without labels, are images without classes.

    Returns:
        The splits and the class names.

    Raises:
        NpzError: If the file is damaged, or an array is missing or not allowed.
        DataError: If an array is larger than half of the free memory.
        OSError: If the file cannot be read.
    """
    held = {name.lower(): name for name in array_names(path)}
    layout = _layout(path, held)
    train = _read_split(path, held, layout, "train")
    # MedMNIST has a validation split beside the test split, which then is not used.
    others = [
        part
        for part in ("test", "val")
        if "{}" in layout.images and {name.format(part) for name in layout} & set(held)
    ]
    test = _read_split(path, held, layout, others[0]) if others else None
    notes: tuple[str, ...] = ()
    if "val" in others:
        use = "the test images" if others[0] == "val" else "not used"
        notes = (f"the validation images ({layout.images.format('val')}) are {use}",)
    if "class_names" not in held:
        return RawDataset(train, test, None, notes)
    name = held["class_names"]
    names = read_array(path, [name], _is_names, "(K,) text, a unicode array")
    return RawDataset(train, test, names.tolist(), notes)


def _layout(path: str | Path, held: dict[str, str]) -> _Layout:
    """The layout of a file, from the names of its arrays in lower case."""
    fitting = [each for each in _LAYOUTS if each.images.format("train") in held]
    if fitting:
        return next((e for e in fitting if e.labels.format("train") in held), fitting[0])
    if len(held) == 1 and not any(name.format("train") in held for e in _LAYOUTS for name in e):
        return _Layout(next(iter(held)), "")
    found = ", ".join(list(held.values())[:20]) or "nothing"
    raise NpzError(
        f"{path}: holds {found}; it must hold x_train and y_train, train_images and train_labels, "
        "x and y, or images and labels."
    )


def _read_split(path: str | Path, held: dict[str, str], layout: _Layout, part: str) -> Split:
    images_name, labels_name = (held.get(name.format(part), name.format(part)) for name in layout)
    images = read_array(
        path,
        [images_name],
        _is_images,
        "numbers, (N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W) or (N, H * H), N at least 1",
    )
    source = f"{path}: {images_name}"
    if not any(layout.labels.format(any_part) in held for any_part in ("train", "test", "val")):
        return Split(images, None, source, source)
    labels = read_array(
        path,
        [labels_name],
        _is_labels,
        "(N,) integers or text, or one-hot (N, K), N at least 1; text as y.astype(str)",
    )
    return Split(images, labels, f"{path}: {labels_name}", source)


def _is_images(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    return 2 <= len(shape) <= 4 and min(shape) > 0 and dtype.kind in "biuf"


def _is_labels(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    return 1 <= len(shape) <= 2 and min(shape) > 0 and dtype.kind in "biufUS"


def _is_names(shape: tuple[int, ...], dtype: np.dtype) -> bool:
    few = len(shape) == 1 and shape[0] <= _MAX_NAMES
    return few and dtype.kind == "U" and dtype.itemsize <= _MAX_NAME_BYTES
