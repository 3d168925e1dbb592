"""Reads folders with one folder of pictures per class. All headers are checked before any pixel."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory
from acwgan.images.png import check_pictures

_SUFFIXES = (".png", ".jpg", ".jpeg")
#: Largest height and width of a picture, far beyond what the networks can learn.
MOST_SIDE = 1024
#: Pillow's modes with 8 bits or fewer and without transparency.
_GREY, _COLOR = ("1", "L"), ("P", "RGB")


class _SplitFolder(NamedTuple):
    """The checked files of one split.

    Attributes:
        folder: The folder with the folders of the classes.
        files: The pictures, sorted by class, then by name.
        names: The names of the classes, sorted.
    """

    folder: Path
    files: list[Path]
    names: list[str]


def read_class_folders(folder: str | Path) -> RawDataset:
    """Read all pictures of a folder with one folder per class.

    Args:
        folder: Folder with one folder of PNG or JPEG files for each class; or with ``train`` and
            ``test``, each with such folders. All pictures have the same size, at most
            ``MOST_SIDE`` wide and high, and are grey or RGB.

    Returns:
        The splits and the class names. C is 1 if all pictures are grey, else 3. The labels are
        int32 and follow the sorted class names.

    Raises:
        DataError: If a file or folder is not as described; the message names the first one.
        OSError: If a folder cannot be read.
    """
    folder = Path(folder)
    splits = [_list_files(split, folder.resolve()) for split in _split_folders(folder)]
    for split in splits[1:]:
        if split.names != splits[0].names:
            name = min(set(split.names) ^ set(splits[0].names))
            raise DataError(
                f"{folder}: only one of train and test has the class {name!r}; both must have the "
                "same classes."
            )
    files = [file for split in splits for file in split.files]
    (width, height), grey = check_pictures(files, MOST_SIDE, ("PNG", "JPEG"), _GREY, _COLOR)
    shape = (height, width, 1 if grey else 3)
    check_memory(folder, len(files) * height * width * shape[2])
    train, *test = (_read_pixels(split, shape) for split in splits)
    return RawDataset(train, test[0] if test else None, splits[0].names)


def _split_folders(folder: Path) -> list[Path]:
    """``train`` and ``test``, unless they are classes themselves; else the folder itself."""
    splits = [folder / "train", folder / "test"]
    if all(split.is_dir() and any(_folders(split)) for split in splits):
        others = [path for path in _folders(folder) if path not in splits]
        if others:
            raise DataError(f"{others[0]}: is beside train and test; move it to another folder.")
        return splits
    return [folder]


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, sorted by name, without hidden ones, which Keras skips too."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def _list_files(folder: Path, root: Path) -> _SplitFolder:
    """List the pictures of a split. Keras must find the same files, and all must be in ``root``."""
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
    return _SplitFolder(folder, files, [path.name for path in classes])


def _check_place(path: Path, root: Path) -> None:
    """Refuse links out of an untrusted folder to the user's own files, and undecodable names."""
    if not path.resolve().is_relative_to(root):
        raise DataError(f"{path}: is a link out of {root}; put the pictures themselves there.")
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{path}: has a name that is not in UTF-8; rename it.") from error


def _is_litter(path: Path) -> bool:
    """Whether it is a hidden file of a desktop (``.DS_Store``) that Keras does not read."""
    return path.name[0] == "." and path.suffix.lower() not in _SUFFIXES and path.is_file()


def _read_pixels(split: _SplitFolder, shape: tuple[int, int, int]) -> Split:
    """Read the checked files of a split with Keras, without changing a pixel."""
    import keras
    import tensorflow as tf

    dataset = keras.utils.image_dataset_from_directory(
        os.fspath(split.folder),
        class_names=split.names,
        color_mode="grayscale" if shape[2] == 1 else "rgb",
        batch_size=None,  # One by one, so that an error is that of the next file.
        image_size=shape[:2],
        interpolation="nearest",  # Keeps uint8; all sizes are equal, so nothing is resized.
        shuffle=False,
        data_format="channels_last",
        verbose=False,
    )
    images = np.empty((len(split.files), *shape), np.uint8)
    labels = np.empty(len(split.files), np.int32)
    done = 0
    try:
        for image, label in dataset.as_numpy_iterator():
            images[done], labels[done] = image, label
            done += 1
    except tf.errors.InvalidArgumentError as error:
        raise DataError(
            f"{split.files[done]}: is damaged, its pixels cannot be read; replace or remove it."
        ) from error
    return Split(images, labels, os.fspath(split.folder))
