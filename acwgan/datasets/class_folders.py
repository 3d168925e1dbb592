"""Pictures in one folder for each class. All headers are checked before a single pixel is read."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from acwgan.datasets.dataset import Part
from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory
from acwgan.images.png import open_picture

_SUFFIXES = (".png", ".jpg", ".jpeg")
#: Height and width of a picture: far beyond what the networks can learn here.
MOST_SIDE = 1024
#: Pillow's names for pixels of 8 bits or fewer without transparency.
_GREY, _COLOUR = ("1", "L"), ("P", "RGB")


class _Files(NamedTuple):
    """The files of a training or test folder, checked."""

    folder: Path
    files: list[Path]  # in the order of their classes, then of their names
    names: list[str]  # of the classes, sorted


def read_class_folders(folder: str | Path) -> tuple[Part, Part | None, list[str]]:
    """All pictures of a folder.

    Args:
        folder: Holds one folder of PNG or JPEG files for each class; or ``train`` and ``test``,
            each with such folders. The pictures are of one size, at most ``MOST_SIDE`` wide and
            high, grey or RGB.

    Returns:
        The training data, the test data or None, the names of the classes. C is 1 if all pictures
        of both are grey, else 3. The labels are int32 and follow the sorted names.

    Raises:
        DataError: Naming the first file or folder that is not as it should be.
        OSError: If a folder cannot be read.
    """
    folder = Path(folder)
    parts = [_listed(part, folder.resolve()) for part in _part_folders(folder)]
    for part in parts[1:]:
        if part.names != parts[0].names:
            name = min(set(part.names) ^ set(parts[0].names))
            raise DataError(f"{folder}: only one of its train and test has the class {name!r}.")
    (width, height), grey = _checked_headers([file for part in parts for file in part.files])
    shape = (height, width, 1 if grey else 3)
    check_memory(folder, sum(len(part.files) for part in parts) * height * width * shape[2])
    train, *test = (_pixels(part, shape) for part in parts)
    return train, test[0] if test else None, parts[0].names


def _part_folders(folder):
    """``train`` and ``test``, unless these are classes; else the folder itself."""
    parts = [folder / "train", folder / "test"]
    if all(part.is_dir() and any(_folders(part)) for part in parts):
        beside = [path for path in _folders(folder) if path not in parts]
        if beside:
            raise DataError(f"{beside[0]}: is beside train and test; only these two are allowed.")
        return parts
    return [folder]


def _folders(folder):
    """The folders in a folder, sorted by name; hidden ones are not for Keras either."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def _listed(folder, root):
    """A part, once it is clear that Keras will find the same files in it, and all in ``root``."""
    for path in folder.iterdir():
        if path.suffix.lower() in _SUFFIXES and path.is_file():
            raise DataError(f"{path}: is in no class; put it into a folder named after its class.")
    classes = _folders(folder)
    if not classes:
        raise DataError(f"{folder}: holds no folder; there must be one for each class of images.")
    files = []
    for one in classes:
        _check_place(one, root)
        found = sorted(path for path in one.iterdir() if not _is_litter(path))
        if not found:
            raise DataError(f"{one}: holds no image; each class needs at least one.")
        for path in found:
            if path.suffix.lower() not in _SUFFIXES or not path.is_file():
                raise DataError(f"{path}: is not a PNG or JPEG file; a class holds nothing else.")
            _check_place(path, root)
        files += found
    return _Files(folder, files, [path.name for path in classes])


def _check_place(path, root):
    """Refuse a link to one's own pictures in a stranger's folder, and a name of any bytes."""
    if not path.resolve().is_relative_to(root):
        raise DataError(f"{path}: is a link out of {root}; put the pictures themselves there.")
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path}: has a name that is not in UTF-8; rename it.") from error


def _is_litter(path):
    """What desktops leave behind (``.DS_Store``); nothing that Keras would take for an image."""
    return path.name[0] == "." and path.suffix.lower() not in _SUFFIXES and path.is_file()


def _checked_headers(files):
    """The one size (width, height) of all files, and whether all are grey."""
    size, grey = None, True
    for path in files:
        its_size, mode = _header(path)
        if max(its_size) > MOST_SIDE:
            raise DataError(
                f"{path}: is {_by(its_size)}; at most {MOST_SIDE}x{MOST_SIDE} is allowed."
            )
        if mode not in _GREY + _COLOUR:
            raise DataError(
                f"{path}: has pixels of the kind {mode}; allowed: grey or RGB of 8 bits, "
                "without transparency."
            )
        size = size or its_size
        if its_size != size:
            raise DataError(
                f"{path}: is {_by(its_size)}, but {files[0]} is {_by(size)}; all images must be "
                "of one size."
            )
        grey = grey and mode in _GREY
    return size, grey


def _by(size):
    return f"{size[0]}x{size[1]}"


def _header(path):
    """Size (width, height) and mode of a picture, without its pixels."""
    try:
        with open_picture(path, ("PNG", "JPEG")) as image:
            kind = " with transparency" if "transparency" in image.info else ""
            return image.size, image.mode + kind
    except (Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise DataError(f"{path}: is not an image that can be read ({error}).") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DataError(f"{path}: is not a PNG or JPEG image that can be read.") from error


def _pixels(part, shape):
    """The ``Part`` of checked files, read by Keras as they are."""
    import keras
    import tensorflow as tf

    dataset = keras.utils.image_dataset_from_directory(
        os.fspath(part.folder),
        class_names=part.names,
        color_mode="grayscale" if shape[2] == 1 else "rgb",
        batch_size=None,  # One by one: the position of a fault then tells the file.
        image_size=shape[:2],
        interpolation="nearest",  # Keeps uint8; the sizes are equal, so nothing is resized.
        shuffle=False,
        data_format="channels_last",
        verbose=False,
    )
    images = np.empty((len(part.files), *shape), np.uint8)
    labels = np.empty(len(part.files), np.int32)
    done = 0
    try:
        for image, label in dataset.as_numpy_iterator():
            images[done], labels[done] = image, label
            done += 1
    except tf.errors.InvalidArgumentError as error:
        raise DataError(f"{part.files[done]}: is damaged; its pixels cannot be read.") from error
    return Part(images, labels, os.fspath(part.folder))
