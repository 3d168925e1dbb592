"""Reads one picture: header and pixels of a file, which is read once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_sizes import Header, Sizes
from acwgan.errors import DataError
from acwgan.files.tree import FileTree
from acwgan.files.untrusted import check_memory
from acwgan.images.picture import eight_bits, fitted, is_gray, opened, upright, upright_size

#: Pixels from which on the free memory is looked at first, which takes some of the time of a small
#: picture.
_LARGE = 1 << 20
#: Endings of pictures that Pillow or this package does not read.
_UNREAD = ("heic", "heif", "avif", "jxl", "svg", "psd", "dng", "cr2", "cr3", "nef", "arw", "raw")


class Bad(NamedTuple):
    """A file that cannot be read as a picture."""

    name: str
    reason: str


class Picture(NamedTuple):
    """A picture that was read."""

    header: Header
    pixels: np.ndarray  # (H, W, 1 or 3) uint8
    highest: int | None  # Of 16-bit values.

    @property
    def spread(self) -> int:
        """Most by which the channels of a pixel differ."""
        return int((self.pixels.max(axis=-1) - self.pixels.min(axis=-1)).max())


def read_picture(tree: FileTree, name: str, options: ReadOptions, sizes: Sizes) -> Picture | Bad:
    """Read one picture.

    Args:
        tree: The files.
        name: The path of one of them.
        options: How pictures become images.
        sizes: The sizes of the pictures up to now, which say what size this one gets.

    Returns:
        The picture, gray if its header says so or gray is asked for; or what is wrong with it.

    Raises:
        DataError: If its pixels would take more than half of the free memory.
    """
    try:
        return _read(tree, name, options, sizes)
    except (MemoryError, DataError):
        raise
    except Exception as error:  # Pillow's readers raise errors of many kinds for damaged files.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(error, Image.UnidentifiedImageError):
            ending = name.rpartition(".")[2].lower()
            unread = ending in _UNREAD
            reason = f"{ending} is not read; save it as PNG or JPEG" if unread else "no picture"
        return Bad(name, reason.partition("\n")[0][:80])


def _read(tree: FileTree, name: str, options: ReadOptions, sizes: Sizes) -> Picture:
    content = tree.content(name)
    with opened(content) as image:
        if image.width * image.height > _LARGE:  # Up to 4 bytes a pixel, and turned.
            check_memory(tree.path / name, image.width * image.height * 8)
        header = _header(name, image, options)
        auto = 1 if header.gray else 3
        channels = {"gray": 1, "color": 3, "auto": auto}[options.color_mode]
        if options.fit == "none":
            return Picture(header, *_as_in_0_1(image, content, channels))
        size = sizes.target_with(header)
        # A JPEG file is unpacked at 1/2, 1/4 or 1/8 of its size if that is plenty.
        image.draft(None, (3 * max(size), 3 * max(size)))
        picture, highest = eight_bits(upright(image), options.background_color)
    picture = picture.convert("L" if channels == 1 else "RGB")
    picture = fitted(picture, size, options.fit, options.background_color)
    return Picture(header, np.asarray(picture).reshape(size.height, size.width, channels), highest)


def _header(name: str, image: Image.Image, options: ReadOptions) -> Header:
    """What is known of a picture before its pixels are unpacked."""
    filled = image.has_transparency_data or options.fit == "pad"
    gray = is_gray(image) and not (filled and len(set(options.background_color)) > 1)
    return Header(name, image.size if options.fit == "none" else upright_size(image), gray)


def _as_in_0_1(image: Image.Image, content: bytes, channels: int) -> tuple[np.ndarray, int | None]:
    """The pixels of a picture as acwgan 0.1 read them: JPEG by TensorFlow, whose values differ."""
    if image.format == "JPEG":
        import tensorflow as tf

        image.load()  # TensorFlow fills what a damaged file lacks.
        return tf.io.decode_jpeg(content, channels).numpy(), None
    picture, highest = eight_bits(image)
    pixels = np.asarray(picture.convert("L" if channels == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], channels), highest
