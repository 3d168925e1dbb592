"""Lists the pictures of a folder, or zip file, with one folder of pictures per class."""

from __future__ import annotations

from pathlib import Path

from acwgan.datasets.dataset import RawDataset
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.datasets.picture_list import (
    PictureList,
    is_litter,
    labelled,
    named,
    splits_of,
    without_litter,
)
from acwgan.datasets.picture_sizes import MOST_SIDE
from acwgan.datasets.pictures import read_listed
from acwgan.errors import DataError
from acwgan.files.tree import FileTree, open_tree

__all__ = ["MOST_SIDE", "holds_class_folders", "list_class_folders", "read_class_folders"]
#: Endings by which a file beside the class folders counts as a picture.
_ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def read_class_folders(folder: str | Path, options: ReadOptions = NEUTRAL) -> RawDataset:
    """Read all pictures of a folder, or zip file, with one folder per class.

    Args:
        folder: Folder with one folder of pictures for each class; or with ``train`` and perhaps
            ``test``, ``validation``, ``valid`` or ``val``, each with such folders.
        options: How pictures become images.

    Returns:
        The splits and the class names. The labels follow the class names sorted as text.

    Raises:
        DataError: If a file or folder is not as described, or a picture cannot be read.
        OSError: If a folder cannot be read.
    """
    with open_tree(folder) as tree:
        return read_listed(list_class_folders(tree), options)


def holds_class_folders(tree: FileTree) -> bool:
    """Whether there is a folder beside what systems and tools leave behind."""
    clean, _ = without_litter(tree)
    return bool(clean.folders())


def list_class_folders(tree: FileTree) -> PictureList:
    """List the pictures of all classes.

    Args:
        tree: Files as in ``read_class_folders``.

    Returns:
        The list.

    Raises:
        DataError: If a picture lies in no class, a class holds folders, or the splits do not fit.
    """
    clean, notes = without_litter(tree)
    train, others = splits_of(clean.folders())
    if train is None or not clean.below(train).folders():  # May be a class itself.
        return labelled(clean, [_classes(clean, "")], [*notes, *_left_out(tree, clean)])
    beside = sorted(set(clean.folders()) - {train, *others})
    if beside:
        raise DataError(f"{clean.path / beside[0]}: is beside {train}; move it to another folder.")
    tests = [name for name in others if clean.below(name).folders()]
    more = [f"{name} is not read" for name in tests[1:]]
    flat = [name for name in others if name not in tests]
    more += [f"{name} holds no class folders, and is not read" for name in flat]
    splits = [_classes(clean, name) for name in [train, *tests[:1]]]
    return labelled(clean, splits, [*notes, *_left_out(tree, clean), *more])


def _classes(tree: FileTree, split: str) -> tuple[list[str], list[str]]:
    """The files of a split and the class of each."""
    start = split + "/" if split else ""
    part = tree.below(split) if split else tree
    stray = [name for name in part.plain_files() if name.lower().endswith(_ENDINGS)]
    if stray:
        raise DataError(
            f"{part.path / stray[0]}: is in no class; put it into a folder named after its class."
        )
    files, classes = [], []
    for name in part.files:
        one, slash, rest = name.partition("/")
        if not slash:
            continue
        if "/" in rest:
            inner = part.path / one / rest.partition("/")[0]
            raise DataError(
                f"{inner}: is a folder in the folder of the class {one}; move its pictures into "
                f"{part.path / one}, or the folder itself beside that one."
            )
        files.append(start + name)
        classes.append(one)
    if not files:
        raise DataError(
            f"{part.path}: holds no folder; there must be one for each class of images."
        )
    return files, classes


def _left_out(tree: FileTree, clean: FileTree) -> list[str]:
    """Notes about folders without pictures, and files beside the classes that are no pictures."""
    notes = []
    beside = clean.plain_files()
    if beside:
        notes.append(f"left out beside the folders of the classes: {named(beside, 5)}")
    folders = {*tree.folders(), *(name for name in tree.empty if "/" not in name)}
    bare = sorted(name for name in folders - {*clean.folders()} if not is_litter(name))
    if bare:
        notes.append(f"left out folders without pictures: {named(bare, 5)}")
    return notes
