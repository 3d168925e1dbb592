"""Lists the pictures of a folder, or zip file, with a table of file names and labels."""

from __future__ import annotations

import csv
import io
import re

from acwgan.datasets.label_files import listed
from acwgan.datasets.picture_list import PictureList
from acwgan.errors import DataError
from acwgan.files.tree import FileTree

#: Names, in lower case, of the columns of file names and of labels.
_FILES = (
    *("filename", "file_name", "file", "image", "image_name", "img", "path", "filepath"),
    *("file_path", "image_path", "name", "id", "image_id"),
)
_LABELS = ("label", "labels", "class", "class_name", "category", "target", "species")
#: A whole number, perhaps with a point.
_WHOLE = re.compile(r"\d+(\.0*)?", re.ASCII)


def labels_table(tree: FileTree) -> str | None:
    """The name of the table of labels.

    Args:
        tree: The files.

    Returns:
        ``labels.csv``; else ``train.csv``; else the only CSV file beside the pictures; None if
        there is none.
    """
    tables = [name for name in tree.plain_files() if name.lower().endswith(".csv")]
    wanted = [name for name in ("labels.csv", "train.csv") if name in tables]
    found = wanted or (tables if len(tables) == 1 else [])
    return found[0] if found else None


def holds_labels_csv(tree: FileTree) -> bool:
    """Whether there are a table of labels and other files."""
    return labels_table(tree) is not None and len(tree.files) > 1


def list_labels_csv(tree: FileTree) -> PictureList:
    """List the pictures that a table names.

    Args:
        tree: Pictures, and ``labels.csv`` (or ``train.csv``, or another CSV file if it is the only
            one) with a column of file names and one of labels. They are found by their names,
            such as ``file`` and ``label``; without a line of names they are the first two.

    Returns:
        The list.

    Raises:
        DataError: If the table is not as described, or names a picture that is not there.
        OSError: If the table cannot be read.
    """
    name = labels_table(tree)
    assert name
    place = tree.path / name
    try:
        content = tree.content(name)
        # Excel's "Unicode text" is UTF-16, and says so with its first two bytes.
        text = content.decode(
            "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        )
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        delimiter = max(",;\t", key=text.partition("\n")[0].count)
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    except UnicodeDecodeError as error:
        raise DataError(f"{place}: is not a text in UTF-8; save it in UTF-8.") from error
    except csv.Error as error:
        raise DataError(f"{place}: is not a table of file names and labels ({error}).") from error
    file, label, rows = _columns(str(place), rows)
    short = next((number for number, row in enumerate(rows) if len(row) <= max(file, label)), None)
    if short is not None:
        raise DataError(f"{place}: its row {rows[short]} lacks a file name or a label.")
    labels = [row[label].strip() for row in rows]
    if all(_WHOLE.fullmatch(label) for label in labels if label):  # As pandas writes beside NaN.
        labels = [label.partition(".")[0] for label in labels]
    return listed(tree, name, list(zip((row[file].strip() for row in rows), labels, strict=True)))


def _columns(place: str, rows: list[list[str]]) -> tuple[int, int, list[list[str]]]:
    """The columns of file names and of labels, and the rows that hold them."""
    head = [name.strip().lower() for name in rows[0]] if rows else []
    file = next((head.index(name) for name in _FILES if name in head), None)
    label = next((head.index(name) for name in _LABELS if name in head), None)
    if file is not None and label is not None:
        return file, label, rows[1:]
    if len(head) == 2 and file is None and label is None:
        return 0, 1, rows
    if len(head) == 2:  # One of the two is known, and so the other.
        file = file if file is not None else 1 - (label or 0)
        return file, 1 - file, rows[1:]
    raise DataError(
        f"{place}: has the columns {', '.join(rows[0]) if rows else 'none'}; call that of the "
        "file names file, and that of the labels label."
    )
