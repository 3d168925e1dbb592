"""Gives images that are arrays another size, number of channels or orientation."""

from __future__ import annotations

import numpy as np
from PIL import Image

from acwgan.datasets.dataset import Dataset, transposed
from acwgan.datasets.options import ReadOptions
from acwgan.datasets.picture_sizes import FITTED
from acwgan.files.untrusted import check_memory
from acwgan.images.picture import fitted
from acwgan.images.sizes import Size


def refitted(data: Dataset, options: ReadOptions) -> Dataset:
    """Give images the size, the channels and the orientation that are asked for.

    Args:
        data: The data set; pictures have size and channels already.
        options: ``image_size``, ``fit``, ``color_mode`` and ``transpose`` count. Without a size,
            arrays keep theirs.

    Returns:
        The data set; if size or channels change, in memory and with a note.

    Raises:
        DataError: If the images would take more than half of the free memory.

    Example:
        >>> images, labels = np.zeros((2, 28, 28, 1), np.uint8), np.arange(2)
        >>> data = Dataset(images, labels, images[:0], labels[:0], ("a", "b"))
        >>> refitted(data, ReadOptions(image_size="32")).train_images.shape
        (2, 32, 32, 1)
    """
    sized = _sized(data, options)
    return transposed(sized) if options.transpose else sized


def _sized(data: Dataset, options: ReadOptions) -> Dataset:
    height, width, channels = map(int, data.train_images.shape[1:])
    now = Size(width, height)
    size = options.size or now
    wanted = {"gray": 1, "color": 3, "auto": channels}[options.color_mode]
    if options.fit == "none" or (size == now and wanted == channels):
        return data
    notes = [*data.notes]
    if size != now:
        notes.append(f"images of {now} pixels become {size}, {FITTED[options.fit]}")
    if wanted != channels:
        notes.append("color images become gray" if wanted == 1 else "gray images get 3 channels")
    count = len(data.train_images) + len(data.test_images)
    check_memory("the data", count * size.height * size.width * wanted)
    background = options.background_color

    def changed(images: np.ndarray) -> np.ndarray:
        new = np.empty((len(images), size.height, size.width, wanted), np.uint8)
        for row, image in zip(new, images, strict=True):
            plain = image[..., 0] if channels == 1 else image
            picture = Image.fromarray(np.ascontiguousarray(plain))
            picture = picture.convert("L" if wanted == 1 else "RGB")
            row[...] = np.asarray(fitted(picture, size, options.fit, background)).reshape(row.shape)
        return new

    return data._replace(
        train_images=changed(data.train_images),
        test_images=changed(data.test_images),
        notes=tuple(notes),
    )
