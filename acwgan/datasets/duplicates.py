"""Says which images appear more than once where that matters."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import numpy as np

from acwgan.datasets.picture_list import counted


def duplicate_notes(
    images: np.ndarray, labels: np.ndarray | None, test_images: np.ndarray | None
) -> list[str]:
    """Notes on images that are the same pixel for pixel.

    Args:
        images: The training images ``(N, H, W, C)`` uint8.
        labels: Their labels ``(N,)``; None without classes.
        test_images: The test images; None if there are none.

    Returns:
        A note on training images that stand in several classes, and one on test images that are
        training images too, as far as there are any.

    Example:
        >>> duplicate_notes(np.zeros((3, 8, 8, 1), np.uint8), np.array([0, 0, 1]), None)
        ['3 training images stand in more than one class, pixel for pixel']
    """
    places = defaultdict(list)
    for row, image in enumerate(images):
        places[_key(image)].append(row)
    notes = []
    if labels is not None:
        mixed = sum(len(rows) for rows in places.values() if len(set(labels[rows])) > 1)
        if mixed:
            what = counted(mixed, "training image")
            notes.append(f"{what} stand in more than one class, pixel for pixel")
    shared = 0 if test_images is None else sum(_key(image) in places for image in test_images)
    if shared:
        notes.append(
            f"{counted(shared, 'test image')} also among the training images, pixel for pixel: "
            "what is measured on them looks better than it is"
        )
    return notes


def _key(image: np.ndarray) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(image).data).digest()
