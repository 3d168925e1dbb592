"""Matches a list of file names and labels with the pictures of a folder or zip file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from acwgan.datasets.picture_list import (
    ListedSplit,
    PictureList,
    counted,
    labelled,
    named,
    without_litter,
)
from acwgan.errors import DataError
from acwgan.files.tree import FileTree


def listed(tree: FileTree, source: str, pairs: Sequence[tuple[str, str]] | None) -> PictureList:
    """List the pictures of a file of labels.

    Args:
        tree: The folder or zip file with the pictures and the file of labels.
        source: Name of the file of labels.
        pairs: Name of a picture and its label; the name is its path, or its last part alone, with
            or without its ending. None for all pictures without labels.

    Returns:
        The list, with a note that counts the pictures without a label.

    Raises:
        DataError: If a picture is not there, or a name fits several or appears twice.
    """
    pictures, notes = without_litter(tree.without({source}))
    place = tree.path / source
    if pairs is None:
        return PictureList(pictures, ListedSplit(list(pictures.files), None), None, None, notes)
    if not pairs:
        raise DataError(f"{place}: names no picture; it must name at least one.")
    unlabelled = [name for name, label in pairs if not label]
    if unlabelled:
        raise DataError(
            f"{place}: has no label for {named(unlabelled)}; write one, or remove the row."
        )
    places = _places(pictures.files)
    in_any_case: dict[str, list[str]] = {}
    for way, found in places.items():
        known = in_any_case.setdefault(way.casefold(), [])
        known += [file for file in found if file not in known]
    files: list[str] = []
    missing: list[str] = []
    for name, _ in pairs:
        way = name.replace("\\", "/").removeprefix("./")
        # Windows and macOS do not tell A.JPG from a.jpg.
        found = places.get(way) or in_any_case.get(way.casefold(), [])
        if len(found) > 1:
            raise DataError(
                f"{place}: {name!r} may be {named(found, 3)}; write the path of the picture."
            )
        (files if found else missing).append(found[0] if found else name)
    if missing:
        raise DataError(
            f"{place}: names {counted(len(missing), 'picture')} not to be found in {tree.path}: "
            f"{named(missing)}; put them there, or remove their rows."
        )
    twice = [name for name, count in Counter(files).items() if count > 1]
    if twice:
        raise DataError(f"{place}: names {named(twice)} more than once; leave one row for each.")
    unnamed = len(pictures.files) - len(files)
    if unnamed:
        notes = (*notes, f"left out {counted(unnamed, 'file')} that {source} does not name")
    labels = [label for _, label in pairs]
    return labelled(pictures, [(files, labels)], notes, by_value=True)


def _places(files: Sequence[str]) -> dict[str, list[str]]:
    """Each way to name a picture -> the pictures that it may mean."""
    places: dict[str, list[str]] = {}
    for file in files:
        last = file.rpartition("/")[2]
        stem, dot, _ = last.rpartition(".")
        for name in {last, stem} if dot else {last}:
            places.setdefault(name, []).append(file)
    for file in files:  # A whole path means nothing else.
        places[file] = [file]
    return places
