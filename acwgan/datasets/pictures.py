"""The one path from picture files to arrays: each file is read once, in parallel."""

from __future__ import annotations

import itertools
import math
import os
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.datasets.duplicates import duplicate_notes
from acwgan.datasets.one_picture import Bad, Picture, read_picture
from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_list import ListedSplit, PictureList, counted, named
from acwgan.datasets.picture_sizes import Sizes
from acwgan.errors import DataError
from acwgan.files.tree import FileTree
from acwgan.files.untrusted import check_memory

#: Most by which red, green and blue of a gray pixel differ. Gray pictures stored in color differ
#: by 0 as PNG or JPEG of any quality and by 1 as WebP; a tint of 2% differs by 10.
_GRAY_SPREAD = 2
#: 16-bit numbers below this use less than a sixteenth of their range.
_FEWER_BITS = 4096
#: Pictures that are handed to the threads at a time, so that Ctrl-C does not wait for all.
_BLOCK = 256
#: Called with the number of pictures that are read and the number of all.
Progress = Callable[[int, int], None]


class _Read(NamedTuple):
    """What stays of a picture when its pixels are in their place."""

    name: str
    spread: int
    highest: int | None


def in_memory(shape: tuple[int, ...], path: Path) -> np.ndarray:
    """An array for images in memory.

    Args:
        shape: Its shape.
        path: The data, for messages.

    Raises:
        DataError: If it would take more than half of the free memory.
    """
    check_memory(path, math.prod(shape))
    return np.empty(shape, np.uint8)


#: Gives an array of a shape, for the images of a path; ``in_memory`` or on the disk.
Allocate = Callable[[tuple[int, ...], Path], np.ndarray]


def read_listed(
    pictures: PictureList,
    options: ReadOptions,
    progress: Progress | None = None,
    allocate: Allocate = in_memory,
) -> RawDataset:
    """Read all pictures of a list, each file once.

    Args:
        pictures: The list, whose tree is open.
        options: How pictures become images.
        progress: Called after each picture.
        allocate: Makes the array for the images.

    Returns:
        The splits ``(N, H, W, C)`` uint8, C 1 or 3, the class names, and notes of what was done.

    Raises:
        DataError: If files cannot be read as pictures and ``options.skip_bad`` is False; it names
            the first 20 of them. If sizes or the free memory do not allow what is asked for.
    """
    reading = _Reading(pictures, options, progress or (lambda done, total: None), allocate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures and of damaged EXIF.
        return reading.dataset()


class _Reading:
    """The steps of ``read_listed``."""

    def __init__(
        self, pictures: PictureList, options: ReadOptions, progress: Progress, allocate: Allocate
    ):
        self.list, self.options, self.progress = pictures, options, progress
        self.allocate = allocate
        self.tree: FileTree = pictures.tree
        self.splits = [pictures.train, *([pictures.test] if pictures.test else [])]
        self.notes = list(pictures.notes)
        self.sizes = Sizes(pictures.tree.path, options)

    def dataset(self) -> RawDataset:
        """All steps."""
        while (found := self.images()) is None:  # Again, now that the size is known.
            self.sizes = Sizes(self.tree.path, self.options, several=True)
        images, read, bad = found
        self.refuse(bad, bool(read))
        self.notes += self.sizes.notes()
        self.check_16_bits(read)
        if self.options.color_mode == "auto" and self.options.fit != "none":
            images = self.without_color(images, read)
        if bad:
            what = f"{counted(len(bad), 'file')} that cannot be read"
            self.notes.append(f"left out {what}: {named([each.name for each in bad])}")
        return self.split(images, [picture.name for picture in read])

    def images(self) -> tuple[np.ndarray, list[_Read], list[Bad]] | None:
        """All images; None if a picture shows that those before get another size.

        That can be only while all pictures are small and of one size.
        """
        files = [file for split in self.splits for file in split.files]
        images = None
        read: list[_Read] = []
        bad: list[Bad] = []
        for done, found in enumerate(self.in_parallel(files), 1):
            if isinstance(found, Bad):
                bad.append(found)
                continue
            self.sizes.add(found.header)
            height, width = self.sizes.target[::-1]
            if images is not None and images.shape[1:3] != (height, width):
                return None
            if found.pixels.shape[:2] != (height, width):  # Read before the first of this block.
                found = self.one(found.header.name)
                assert isinstance(found, Picture)
            images = self.with_room(images, found.pixels.shape, len(files), len(read))
            images[len(read)] = found.pixels
            read.append(_Read(found.header.name, found.spread, found.highest))
            self.progress(done, len(files))
        return (
            np.empty((0, 1, 1, 1), np.uint8) if images is None else images[: len(read)],
            read,
            bad,
        )

    def with_room(
        self, images: np.ndarray | None, shape: tuple[int, ...], count: int, done: int
    ) -> np.ndarray:
        """The array of all images; one with three channels from the first picture in color on."""
        if images is not None and images.shape[3] >= shape[2]:
            return images
        wider = self.allocate((count, *shape), self.tree.path)
        if images is not None:
            wider[:done] = images[:done]
        return wider

    def in_parallel(self, files: list[str]) -> Iterator[Picture | Bad]:
        """All pictures, in order. Pillow computes beside other threads."""
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as threads:
            # Of the first picture the others know which size to get.
            for start, end in itertools.pairwise((0, 1, *range(_BLOCK, len(files), _BLOCK), None)):
                yield from threads.map(self.one, files[start:end])

    def one(self, name: str) -> Picture | Bad:
        """Read one picture, in the size that all get as far as it is known."""
        return read_picture(self.tree, name, self.options, self.sizes)

    def refuse(self, bad: list[Bad], some: bool) -> None:
        """Refuse files that cannot be read, all together."""
        if bad and not (self.options.skip_bad and some):
            what = counted(len(bad), "file")
            reasons = named([f"{each.name} ({each.reason})" for each in bad])
            raise DataError(
                f"{self.tree.path}: {what} cannot be read as pictures; remove them, or pass "
                f"`skip_bad=True` to leave them out: {reasons}."
            )

    def check_16_bits(self, read: list[_Read]) -> None:
        """Refuse 16-bit pictures that look like 8 or 12 bits in 16: they would be black."""
        deep = [result for result in read if result.highest is not None]
        highest = max((result.highest or 0 for result in deep), default=0)
        if 0 < highest < _FEWER_BITS:
            what = counted(len(deep), "picture")
            raise DataError(
                f"{self.tree.path}: the highest value of {what} with 16 bits, such as "
                f"{deep[0].name}, is {highest}, so that they would be almost black; if it means "
                f"white, save (pixels * (255 / {highest})).astype('uint8')."
            )

    def without_color(self, images: np.ndarray, read: list[_Read]) -> np.ndarray:
        """The images with one channel if no pixel of them has a color."""
        if images.shape[3] == 1 or max(result.spread for result in read) > _GRAY_SPREAD:
            return images
        gray = self.allocate((*images.shape[:3], 1), self.tree.path)
        for row, image in enumerate(images):
            gray[row, ..., 0] = np.asarray(Image.fromarray(image).convert("L"))
        self.notes.append(
            "all pictures are gray, though stored in color: the images have one channel; "
            "`color_mode=color` keeps three"
        )
        return gray

    def split(self, images: np.ndarray, names: list[str]) -> RawDataset:
        """The images and labels in splits."""
        place = {name: row for row, name in enumerate(names)}
        train, *tests = (self._split(images, place, split) for split in self.splits)
        class_names = self.list.class_names or []
        gone = set(range(len(class_names))) - set(() if train.labels is None else train.labels)
        if gone:
            name = class_names[min(gone)]
            raise DataError(
                f"{self.tree.path}: no picture of the class {name!r} can be read; remove it, or "
                "replace its pictures."
            )
        test_images = tests[0].images if tests else None
        self.notes += duplicate_notes(train.images, train.labels, test_images)
        notes = tuple(self.notes)
        return RawDataset(train, tests[0] if tests else None, self.list.class_names, notes)

    def _split(self, images: np.ndarray, place: dict[str, int], split: ListedSplit) -> Split:
        rows = [(place[name], n) for n, name in enumerate(split.files) if name in place]
        first, last = (rows[0][0], rows[-1][0] + 1) if rows else (0, 0)
        labels: Any = None
        if split.labels is not None:
            labels = np.array([split.labels[n] for _, n in rows], np.int32)
        # The rows of a split lie one after the other.
        return Split(images[first:last], labels, str(self.tree.path))
