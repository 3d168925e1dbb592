"""Reads folders and zip files of pictures.

To add a layout: one file in this folder, and one row in ``LAYOUTS``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from acwgan.datasets.class_folders import holds_class_folders, list_class_folders
from acwgan.datasets.dataset import RawDataset
from acwgan.datasets.flat_folder import holds_flat_pictures, list_flat_folder
from acwgan.datasets.labels_csv import holds_labels_csv, list_labels_csv
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.datasets.picture_list import PictureList, without_litter
from acwgan.datasets.pictures import Allocate, Progress, in_memory, read_listed
from acwgan.datasets.pixels_csv import pixels_tables, read_pixels_tables
from acwgan.datasets.stylegan_json import holds_stylegan_json, list_stylegan_json
from acwgan.files.tree import FileTree, open_tree


class Layout(NamedTuple):
    """A way in which pictures and their labels lie in a folder.

    Attributes:
        accepts: Whether files lie in this way.
        read: Lists the pictures, or reads arrays.
    """

    accepts: Callable[[FileTree], bool]
    read: Callable[[FileTree], PictureList | RawDataset]


#: The first layout that accepts a folder reads it.
LAYOUTS = (
    Layout(holds_stylegan_json, list_stylegan_json),
    Layout(lambda tree: bool(pixels_tables(tree)), read_pixels_tables),
    Layout(holds_labels_csv, list_labels_csv),
    Layout(holds_flat_pictures, list_flat_folder),
    Layout(holds_class_folders, list_class_folders),
)
#: The layouts that a file at the top of the folder tells.
_TOLD = LAYOUTS[:3]


def holds_files(path: Path) -> bool:
    """Whether a path is a folder or a zip file that is no ``.npz`` file."""
    return path.is_dir() or (
        path.is_file() and path.suffix.lower() != ".npz" and zipfile.is_zipfile(path)
    )


def read_picture_folder(
    path: str | Path,
    options: ReadOptions = NEUTRAL,
    progress: Progress | None = None,
    allocate: Allocate = in_memory,
) -> RawDataset:
    """Read a folder or zip file in one of the ``LAYOUTS``.

    Args:
        path: The folder or zip file; a folder that holds nothing but one other is passed through.
        options: How pictures become images.
        progress: Called with the number of pictures that are read, and of all.
        allocate: Makes the array for the images.

    Returns:
        The splits and the class names. Without labels those of the splits are None.

    Raises:
        DataError: If a file or folder is not as it should be, or a picture cannot be read.
        OSError: If a folder cannot be read.
    """
    with open_tree(path) as whole:
        tree = _unwrapped(whole)
        layout = next(layout for layout in LAYOUTS if layout.accepts(tree))
        found = layout.read(tree)
        if isinstance(found, RawDataset):
            return found
        if tree.path != whole.path:
            found = found._replace(notes=(f"reading {tree.path}", *found.notes))
        return read_listed(found, options, progress, allocate)


def _unwrapped(tree: FileTree) -> FileTree:
    """The tree below folders that hold nothing but one folder with others or a file of labels."""
    while not any(layout.accepts(tree) for layout in _TOLD):
        clean, _ = without_litter(tree)
        if clean.plain_files() or len(clean.folders()) != 1:
            break
        below = tree.below(clean.folders()[0])
        inner, _ = without_litter(below)
        told = any(layout.accepts(below) for layout in _TOLD)
        if not told and (inner.plain_files() or not inner.folders()):
            break
        tree = below
    return tree
