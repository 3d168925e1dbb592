"""Lists the pictures of a folder, or zip file, without labels."""

from __future__ import annotations

from acwgan.datasets.picture_list import ListedSplit, PictureList, splits_of, without_litter
from acwgan.errors import DataError
from acwgan.files.tree import FileTree


def holds_flat_pictures(tree: FileTree) -> bool:
    """Whether there are files and no folders of classes: at most those of splits."""
    clean, _ = without_litter(tree)
    if not clean.folders():
        return True
    train, others = splits_of(clean.folders())
    splits = {train, *others}
    flat = not any(clean.below(name).folders() for name in clean.folders())
    return train is not None and set(clean.folders()) == splits and len(splits) > 1 and flat


def list_flat_folder(tree: FileTree) -> PictureList:
    """List pictures without labels.

    Args:
        tree: Pictures side by side; or ``train`` and ``test`` (or ``val``) with such pictures.

    Returns:
        The list, without labels and class names.

    Raises:
        DataError: If there is no file.
    """
    clean, notes = without_litter(tree)
    train, others = splits_of(clean.folders())
    if not clean.files:
        raise DataError(
            f"{clean.path}: holds no picture; there must be one folder for each class of images, "
            "or pictures without classes."
        )
    if train is None:
        return PictureList(clean, ListedSplit(list(clean.files), None), None, None, notes)
    splits = [
        ListedSplit([name for name in clean.files if name.startswith(folder + "/")], None)
        for folder in (train, *others[:1])
    ]
    notes = (*notes, *(f"{name} is not read" for name in others[1:]))
    return PictureList(clean, splits[0], splits[1], None, notes)
