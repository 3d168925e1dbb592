"""The one path from picture files to arrays: all headers first, then the pixels, in parallel."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import numpy as np
from PIL import Image

from acwgan.datasets.dataset import RawDataset, Split
from acwgan.datasets.duplicates import duplicate_notes
from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_list import MOST_NAMED, ListedSplit, PictureList, counted, named
from acwgan.datasets.picture_sizes import Header, image_size
from acwgan.errors import DataError
from acwgan.files.tree import FileTree
from acwgan.files.untrusted import check_memory
from acwgan.images.picture import eight_bits, fitted, is_gray, opened, upright, upright_size
from acwgan.images.sizes import Size

#: Most by which red, green and blue of a gray pixel differ. Gray pictures stored in color differ
#: by 0 as PNG or JPEG of any quality and by 1 as WebP; a tint of 2% differs by 10.
_GRAY_SPREAD = 2
#: 16-bit numbers below this use less than a sixteenth of their range.
_FEWER_BITS = 4096
#: Pictures that are handed to the threads at a time, so that Ctrl-C does not wait for all.
_BLOCK = 256
#: Called with the number of pictures that are read and the number of all.
Progress = Callable[[int, int], None]
_In = TypeVar("_In")
_Out = TypeVar("_Out")


class _Bad(NamedTuple):
    """A file that cannot be read as a picture."""

    name: str
    reason: str


#: Endings of pictures that Pillow or this package does not read.
_UNREAD = ("heic", "heif", "avif", "jxl", "svg", "psd", "dng", "cr2", "cr3", "nef", "arw", "raw")


class _Pixels(NamedTuple):
    name: str
    spread: int  # Most by which red, green and blue of a pixel differ.
    highest: int | None  # Of 16-bit values.


def read_listed(
    pictures: PictureList, options: ReadOptions, progress: Progress | None = None
) -> RawDataset:
    """Read all pictures of a list.

    Args:
        pictures: The list, whose tree is open.
        options: How pictures become images.
        progress: Called after each picture.

    Returns:
        The splits ``(N, H, W, C)`` uint8, C 1 or 3, the class names, and notes of what was done.

    Raises:
        DataError: If files cannot be read as pictures and ``options.skip_bad`` is False; it names
            the first 20 of them. If sizes or the free memory do not allow what is asked for.
    """
    reading = _Reading(pictures, options, progress or (lambda done, total: None))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large pictures and of damaged EXIF.
        return reading.dataset()


class _Reading:
    """The steps of ``read_listed``."""

    def __init__(self, pictures: PictureList, options: ReadOptions, progress: Progress):
        self.list, self.options, self.progress = pictures, options, progress
        self.tree: FileTree = pictures.tree
        self.splits = [pictures.train, *([pictures.test] if pictures.test else [])]
        self.notes = list(pictures.notes)
        self.bad: list[_Bad] = []

    def dataset(self) -> RawDataset:
        """All steps."""
        files = [file for split in self.splits for file in split.files]
        headers = self.good(self.in_parallel(self.header, files))
        size, notes = image_size(self.tree.path, headers, self.options)
        self.notes += notes
        # Each thread unpacks one picture, of up to 4 bytes a pixel, and turns it.
        check_memory(self.tree.path, max(header.pixels for header in headers) * 8)
        channels = self.channels(headers)
        check_memory(self.tree.path, len(headers) * size.width * size.height * channels)
        images = np.empty((len(headers), size.height, size.width, channels), np.uint8)
        rows = enumerate(header.name for header in headers)
        total = len(headers)

        def one(row: tuple[int, str]) -> _Pixels | _Bad:
            return self.pixels(row[1], images[row[0]], size)

        results = []
        for result in self.in_parallel(one, rows):
            results.append(result)
            self.progress(len(results), total)
        read = self.good(results)
        if len(read) < total:
            images = images[[isinstance(result, _Pixels) for result in results]]
        self.check_16_bits(read)
        if channels == 3 and self.options.color_mode == "auto" and self.options.fit != "none":
            images = self.without_color(images, read)
        self.say_bad()
        return self.split(images, [result.name for result in read])

    def in_parallel(self, function: Callable[[_In], _Out], items: Iterable[_In]) -> Iterator[_Out]:
        """The results of a function, in order. Pillow computes beside other threads."""
        items = iter(items)
        with ThreadPoolExecutor(min(os.cpu_count() or 1, 16)) as threads:
            while block := list(islice(items, _BLOCK)):
                yield from threads.map(function, block)

    def good(self, results: Iterable[_Out | _Bad]) -> list[_Out]:
        """Those that were read. The others are refused together, or left out."""
        good: list[_Out] = []
        found: list[_Bad] = []
        for result in results:
            if isinstance(result, _Bad):
                found.append(result)
            else:
                good.append(result)
        self.bad += found
        if found and not (self.options.skip_bad and good):
            what = counted(len(found), "file")
            reasons = named([f"{bad.name} ({bad.reason})" for bad in found])
            raise DataError(
                f"{self.tree.path}: {what} cannot be read as pictures; remove them, or pass "
                f"`skip_bad=True` to leave them out: {reasons}."
            )
        return good

    def header(self, name: str) -> Header | _Bad:
        """Read the header of a picture."""

        def read() -> Header:
            with opened(self.tree.content(name)) as image:
                plain = self.options.fit == "none"
                size = image.size if plain else upright_size(image)
                return Header(name, size, self.is_gray(image), image.width * image.height)

        return _tried(name, read)

    def is_gray(self, image: Image.Image) -> bool:
        """Whether a picture is gray by its header, also over the background."""
        filled = image.has_transparency_data or self.options.fit == "pad"
        return is_gray(image) and not (filled and len(set(self.options.background_color)) > 1)

    def channels(self, headers: list[Header]) -> int:
        """The channels of the images as far as the headers tell."""
        if self.options.color_mode != "auto":
            return {"gray": 1, "color": 3}[self.options.color_mode]
        return 1 if all(header.gray for header in headers) else 3

    def pixels(self, name: str, out: np.ndarray, size: Size) -> _Pixels | _Bad:
        """Read one picture into its place."""
        options = self.options
        height, width, channels = out.shape

        def read() -> _Pixels:
            content = self.tree.content(name)
            with opened(content) as image:
                if options.fit == "none":
                    out[...], highest = _as_in_0_1(image, content, channels)
                    return _Pixels(name, 0, highest)
                # A JPEG file is unpacked at 1/2, 1/4 or 1/8 of its size if that is plenty.
                image.draft(None, (3 * max(size), 3 * max(size)))
                picture, highest = eight_bits(upright(image), options.background_color)
            picture = picture.convert("L" if channels == 1 else "RGB")
            picture = fitted(picture, size, options.fit, options.background_color)
            out[...] = np.asarray(picture).reshape(height, width, channels)
            return _Pixels(name, _spread(out), highest)

        return _tried(name, read)

    def check_16_bits(self, read: list[_Pixels]) -> None:
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

    def without_color(self, images: np.ndarray, read: list[_Pixels]) -> np.ndarray:
        """The images with one channel if no pixel of them has a color."""
        if max(result.spread for result in read) > _GRAY_SPREAD:
            return images
        gray = np.empty((*images.shape[:3], 1), np.uint8)
        for row, image in enumerate(images):
            gray[row, ..., 0] = np.asarray(Image.fromarray(image).convert("L"))
        self.notes.append(
            "all pictures are gray, though stored in color: the images have one channel; "
            "`color_mode=color` keeps three"
        )
        return gray

    def say_bad(self) -> None:
        if self.bad:
            names = named([bad.name for bad in self.bad], MOST_NAMED)
            self.notes.append(
                f"left out {counted(len(self.bad), 'file')} that cannot be read: {names}"
            )

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


def _tried(name: str, read: Callable[[], _Out]) -> _Out | _Bad:
    try:
        return read()
    except MemoryError:
        raise
    except Exception as error:  # Pillow's readers raise errors of many kinds for damaged files.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(error, Image.UnidentifiedImageError):
            ending = name.rpartition(".")[2].lower()
            unread = ending in _UNREAD
            reason = f"{ending} is not read; save it as PNG or JPEG" if unread else "no picture"
        return _Bad(name, reason.partition("\n")[0][:80])


def _as_in_0_1(image: Image.Image, content: bytes, channels: int) -> tuple[np.ndarray, int | None]:
    """The pixels of a picture as acwgan 0.1 read them: JPEG by TensorFlow, whose values differ."""
    if image.format == "JPEG":
        import tensorflow as tf

        image.load()  # TensorFlow fills what a damaged file lacks.
        return tf.io.decode_jpeg(content, channels).numpy(), None
    picture, highest = eight_bits(image)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels), highest


def _spread(pixels: np.ndarray) -> int:
    """Most by which the channels of a pixel differ."""
    return int((pixels.max(axis=-1) - pixels.min(axis=-1)).max())
