"""Lists the pictures of a folder, or zip file, with StyleGAN's ``dataset.json``."""

from __future__ import annotations

from acwgan.datasets.label_files import listed
from acwgan.datasets.picture_list import PictureList
from acwgan.errors import DataError
from acwgan.files.tree import FileTree
from acwgan.files.untrusted import parse_json_object

_NAME = "dataset.json"


def holds_stylegan_json(tree: FileTree) -> bool:
    """Whether there is a ``dataset.json``."""
    return _NAME in tree.files


def list_stylegan_json(tree: FileTree) -> PictureList:
    """List the pictures that ``dataset.json`` names, as NVIDIA's ``dataset_tool.py`` writes it.

    Args:
        tree: Pictures, and ``dataset.json`` with ``{"labels": [["00000/img00000000.png", 6], …]}``;
            ``labels`` is null for pictures without labels.

    Returns:
        The list.

    Raises:
        DataError: If the file is not as described, or names a picture that is not there.
        OSError: If the file cannot be read.
    """
    place = tree.path / _NAME
    try:
        rows = parse_json_object(tree.content(_NAME).decode("utf-8-sig")).get("labels")
        pairs = None if rows is None else [(str(file), _label(label)) for file, label in rows]
        if len({len(label) if isinstance(label, list) else 0 for _, label in rows or ()}) > 1:
            raise ValueError("the labels are of several forms")
    except (ValueError, TypeError) as error:
        raise DataError(
            f'{place}: must be JSON with "labels", a list of pairs of a file name and a label '
            f"({error})."
        ) from error
    return listed(tree, _NAME, pairs)


def _label(label: object) -> str:
    if isinstance(label, list) and label.count(0) == len(label) - 1 and label.count(1) == 1:
        label = label.index(1)  # One-hot.
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    if isinstance(label, bool) or not isinstance(label, int | str):
        raise ValueError(f"got the label {label!r}")
    return str(label)
