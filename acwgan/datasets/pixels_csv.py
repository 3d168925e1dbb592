"""Reads tables of pixels, as Kaggle's ``train.csv`` of MNIST: in each row a label and pixels."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path

import numpy as np

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.errors import DataError
from acwgan.files.tree import FileTree
from acwgan.files.untrusted import check_memory, read_untrusted

#: Bytes of a number while a table is read.
_BYTES = 8
_MAX_BYTES = 2 << 30


def is_pixels_csv(path: Path) -> bool:
    """Whether a path is that of a CSV file."""
    return path.suffix.lower() == ".csv" and path.is_file()


def read_pixels_csv(path: str | Path) -> RawDataset:
    """Read a table of pixels.

    Args:
        path: CSV file whose columns are ``label`` and ``pixel0``, ``pixel1``, …, row by row of
            square gray images, 0 to 255.

    Returns:
        The training split; its class names are the labels, sorted by value.

    Raises:
        DataError: If the file is no such table.
        OSError: If the file cannot be read.
    """
    path = Path(path)
    return _dataset(str(path), read_untrusted(path, _MAX_BYTES), None)


def pixels_tables(tree: FileTree) -> list[str]:
    """The names of the tables of pixels, that of the training first."""
    names = [name for name in tree.plain_files() if name.lower().endswith(".csv")]
    names = [name for name in names if _header(tree.content(name))]
    return sorted(names, key=lambda name: ("train" not in name.lower(), name))


def read_pixels_tables(tree: FileTree) -> RawDataset:
    """Read the tables of pixels of a folder or zip file.

    Args:
        tree: Holds one table, or one with ``train`` in its name and one with ``test``; a test
            table without labels is not read.

    Returns:
        The splits and the class names.

    Raises:
        DataError: If a table is not as in ``read_pixels_csv``, or there are others.
        OSError: If a table cannot be read.
    """
    train, *others = pixels_tables(tree)
    tests = [name for name in others if "test" in name.lower() and "train" not in name.lower()]
    if others != tests or len(tests) > 1:
        raise DataError(
            f"{tree.path}: holds the tables {', '.join([train, *others])}; leave one with train in "
            "its name, and at most one with test."
        )
    test = tests[0] if tests else None
    notes: tuple[str, ...] = ()
    if test and "label" not in (_header(tree.content(test)) or []):
        test, notes = None, (f"{test} has no labels, and is not read",)
    content = (str(tree.path / test), tree.content(test)) if test else None
    raw = _dataset(str(tree.path / train), tree.content(train), content)
    return raw._replace(notes=notes)


def _header(content: bytes) -> list[str] | None:
    """The names of the columns of a table of pixels, in lower case; None for another table."""
    line = content[: 1 << 20].partition(b"\n")[0].decode("utf-8-sig", "replace").strip()
    names = [name.strip().strip('"').lower() for name in line.split(",")]
    pixels = [name for name in names if re.fullmatch(r"pixel_?\d+", name)]
    return names if pixels and len(pixels) >= len(names) - 1 else None


def _dataset(place: str, train: bytes, test: tuple[str, bytes] | None) -> RawDataset:
    images, labels = _table(place, train)
    values, numbers = np.unique(labels, return_inverse=True)
    split = Split(images, numbers.reshape(-1).astype(np.int32), place)
    names = [str(value) for value in values.tolist()]
    if test is None:
        return RawDataset(split, None, names)
    test_images, test_labels = _table(*test)
    unknown = np.setdiff1d(test_labels, values)
    if len(unknown):
        raise DataError(f"{test[0]}: has the label {unknown[0]}, which {place} has not.")
    numbers = np.searchsorted(values, test_labels).astype(np.int32)
    return RawDataset(split, Split(test_images, numbers, test[0]), names)


def _table(place: str, content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Images ``(N, S, S, 1)`` uint8 and labels ``(N,)`` of a table."""
    names = _header(content)
    if names is None or "label" not in names:
        raise DataError(f"{place}: must have the columns label, pixel0, pixel1, and so on.")
    side = math.isqrt(len(names) - 1)
    if side**2 != len(names) - 1:
        raise DataError(
            f"{place}: has {len(names) - 1:,} pixels in a row, which is no square; save the images "
            "as an .npz file with x_train (N, H, W) or (N, H, W, C)."
        )
    check_memory(place, (content.count(b"\n") + 1) * len(names) * _BYTES)
    rows = content.partition(b"\n")[2]
    if not rows.strip():
        raise DataError(f"{place}: must hold rows of pixels, got none.")
    try:
        values = np.loadtxt(io.BytesIO(rows), np.int64, delimiter=",", ndmin=2)
    except ValueError as error:
        raise DataError(f"{place}: must hold whole numbers only ({error}).") from error
    label = names.index("label")
    if values.shape[1] != len(names):
        raise DataError(f"{place}: has {len(names)} columns, but {values.shape[1]} in its rows.")
    pixels = np.delete(values, label, axis=1)
    if pixels.min() < 0 or pixels.max() > 255:
        raise DataError(f"{place}: must hold rows of pixels from 0 to 255.")
    return pixels.astype(np.uint8).reshape(-1, side, side, 1), values[:, label]
