"""Prepares a large folder of pictures once: its images are ``.npy`` files from then on.

A prepared folder has the images as training needs them, which stay on the disk, the labels, and
``prepared.json``, which says what they were made of. It counts while the names, sizes and times of
change of all files are the same, and the options with which they were read, and while its files
have their checksums. Else it is made anew. It is written whole or not at all, so any number of
processes may prepare the same folder at once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from acwgan.datasets.dataset import Dataset, RawDataset, Split, checked_dataset
from acwgan.datasets.held_out import divided, test_rows
from acwgan.datasets.npy_folder import map_array
from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_list import is_of_system
from acwgan.datasets.pictures import Allocate, in_memory
from acwgan.errors import DataError
from acwgan.files.atomic import make_folder, whole_folder
from acwgan.files.checksums import SUMS, damage, write_sums
from acwgan.files.names import safe_name
from acwgan.files.tree import fingerprint
from acwgan.files.untrusted import memory_limit, parse_json_object, read_text

#: Bytes of images up to which they are held in memory. A training holds them twice, which takes a
#: quarter of a machine with 8 GiB; as many pictures, 87,000 of 64x64 in color, are read in minutes.
SMALL = 1 << 30
#: The version of what is written; another one is made anew.
_VERSION = 1
_ABOUT = "prepared.json"
_FILES = {_ABOUT, SUMS, *(f"{kind}_{part}.npy" for kind in "xy" for part in ("train", "test"))}
#: Rows that are copied at a time.
_ROWS = 1024
#: Seconds for which another process may be replacing a folder.
_PATIENCE = 5.0


def prepared(
    path: Path, options: ReadOptions, cache: Path, read: Callable[[Allocate], Dataset]
) -> Dataset:
    """Load a folder of pictures, from the prepared files if it has any.

    Args:
        path: The folder or zip file.
        options: How it is read.
        cache: The folder for prepared folders; only made if something is prepared.
        read: Reads the pictures, without ``options.test_share``, into arrays that its argument
            makes.

    Returns:
        The data set. The images of a large one are ``np.memmap``, and its notes say so.

    Raises:
        DataError: If the pictures cannot be read.
        OSError: If the files cannot be written, for example because the disk is full.
    """
    source = _Source.of(path, options)
    place = cache / source.name
    found = _opened(place, source)
    if isinstance(found, Dataset):
        return found
    images = _Images(cache)
    data = read(images.allocate)
    chosen = None
    if options.test_share:
        data, chosen = test_rows(data, options.test_share)
    if not images.on_disk:
        return data if chosen is None else divided(data, chosen)
    with whole_folder(place, _is_own) as partial:
        _write(partial, data, chosen, source)
    del data, images  # Frees the disk.
    note = f"{found}: prepared anew" if found else "prepared once"
    written = _reopened(place, source)
    return written._replace(notes=(*written.notes, f"{note}: {place}"))


class _Source(NamedTuple):
    """What a prepared folder is made of."""

    name: str  # Of the prepared folder: the same for the same path and options.
    path: str
    key: str  # Checksum of the files and the options.

    @classmethod
    def of(cls, path: Path, options: ReadOptions) -> _Source:
        real = str(path.resolve())
        how = f"{_VERSION} {json.dumps(dataclasses.asdict(options), sort_keys=True)}"
        files = fingerprint(path, lambda name: not is_of_system(name.rstrip("/")))
        place, key = (
            hashlib.sha256(f"{text}\0{how}".encode(errors="surrogateescape")).hexdigest()
            for text in (real, files)
        )
        return cls(f"{safe_name(path.resolve().stem)}-{place[:12]}", real, key)


class _Images:
    """Makes arrays for images: small ones in memory, large ones in unnamed files."""

    def __init__(self, cache: Path):
        self._cache = cache
        self.on_disk = False

    def allocate(self, shape: tuple[int, ...], path: Path) -> np.ndarray:
        """See ``pictures.Allocate``."""
        size, limit = math.prod(shape), memory_limit()
        if size <= SMALL and (limit is None or size <= limit):
            return in_memory(shape, path)
        self.on_disk = True
        make_folder(self._cache)
        # Without a name: the system removes it, however this process ends.
        with tempfile.TemporaryFile(dir=self._cache) as file:
            # Reserved, since writing to a mapped file on a full disk would end the process.
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            return np.memmap(file, np.uint8, "r+", 0, shape)


def _is_own(folder: Path) -> bool:
    return {path.name for path in folder.iterdir()} <= _FILES


def _write(folder: Path, data: Dataset, chosen: np.ndarray | None, source: _Source) -> None:
    everything = np.ones(len(data.train_labels), bool)
    parts = {"train": (data.train_images, data.train_labels, everything)}
    if chosen is not None:
        parts["train"] = (data.train_images, data.train_labels, ~chosen)
        parts["test"] = (data.train_images, data.train_labels, chosen)
    elif len(data.test_images):
        parts["test"] = (data.test_images, data.test_labels, np.ones(len(data.test_labels), bool))
    for part, (images, labels, rows) in parts.items():
        _save(folder / f"x_{part}.npy", images, rows)
        if data.class_names:
            np.save(folder / f"y_{part}.npy", labels[rows])
    about = {
        "path": source.path,
        "key": source.key,
        "class_names": data.class_names,
        "notes": data.notes,
    }
    (folder / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    write_sums(folder)


def _save(path: Path, images: np.ndarray, rows: np.ndarray) -> None:
    """Write some of the images, without holding them in memory."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (int(rows.sum()), *images.shape[1:])}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(images), _ROWS):
            part = images[start : start + _ROWS][rows[start : start + _ROWS]]
            file.write(np.ascontiguousarray(part).data)


def _opened(folder: Path, source: _Source) -> Dataset | str:
    """The prepared data; or why it cannot be used, empty if there is none.

    Another process may replace the folder meanwhile. Then what was read may be of both, or lack a
    part that was not there for a moment, and does not count.
    """
    try:
        before = folder.stat()
        about: dict[str, Any] = parse_json_object(read_text(folder / _ABOUT))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        return f"{folder / _ABOUT} cannot be read ({error})"
    if about.get("key") != source.key:
        return f"{source.path} has changed"
    fault = damage(folder)
    if fault:
        return f"{folder} is damaged: {fault}"
    replaced = f"{folder} was replaced by another process"
    try:
        test = _split(folder, "test") if (folder / "x_test.npy").is_file() else None
        train = _split(folder, "train")
        if not os.path.samestat(before, folder.stat()):
            return replaced
    except FileNotFoundError:
        return replaced
    names = list(about["class_names"]) or None
    data = checked_dataset(RawDataset(train, test, names), folder / _ABOUT)
    return data._replace(notes=(*about["notes"], f"the images stay on the disk, in {folder}"))


def _split(folder: Path, part: str) -> Split:
    images, labels = (folder / f"{kind}_{part}.npy" for kind in "xy")
    known = np.array(map_array(labels)) if labels.is_file() else None
    return Split(map_array(images), known, str(labels), str(images))


def _reopened(folder: Path, source: _Source) -> Dataset:
    """What was just written, which another process may be replacing by the same."""
    end = time.monotonic() + _PATIENCE
    while True:
        found = _opened(folder, source)
        if isinstance(found, Dataset):
            return found
        if time.monotonic() > end:
            raise DataError(f"{folder}: cannot be read back: {found or 'it is gone'}.")
        time.sleep(0.05)
