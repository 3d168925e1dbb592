"""Brings pictures of handwritten digits to the form of MNIST's, as its authors did.

"The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20
pixel box while preserving their aspect ratio. The resulting images contain grey levels as a result
of the anti-aliasing technique used by the normalization algorithm. The images were centered in a
28x28 image by computing the center of mass of the pixels, and translating the image so as to
position this point at the center of the 28x28 field." (LeCun, Cortes and Burges, "The MNIST
database of handwritten digits")

``web/mnist.js`` and ``inkOf`` in ``web/hand.js`` compute the same in the browser.
"""

from __future__ import annotations

from math import floor

import numpy as np

#: Side of an image, and longest side of the digit in it.
SIDE, _BOX = 28, 20
#: The least gray level that counts as ink.
INK = 32


def ink_of(gray: np.ndarray) -> np.ndarray:
    """Bright ink on black from a picture. Most of a picture is paper, lit from any side.

    Args:
        gray: ``(H, W)`` gray levels from 0 to 255; dark ink on light paper, or light on dark.

    Returns:
        ``(H, W)`` float64 from 0 to 255; paper is 0, also where a soft shadow lies on it.

    Example:
        >>> paper = np.full((20, 20), 200.0)
        >>> paper[5:15, 9:11] = 40
        >>> ink_of(paper)[[0, 9], [0, 9]].round().tolist()
        [0.0, 255.0]
    """
    gray = _level(np.asarray(gray, np.float64))
    paper = np.partition(gray.ravel(), gray.size // 2)[gray.size // 2]
    away = np.abs(gray - paper)
    # A shadow is less than a third of the way from paper to ink.
    return np.clip(382 * (away / max(64.0, away.max()) - 1 / 3), 0, 255)


def _level(gray: np.ndarray) -> np.ndarray:
    """Take away the slope of the plane that fits best: light comes from one side."""
    for axis, size in enumerate(gray.shape):
        place = (np.arange(size) - (size - 1) / 2).reshape((-1, 1) if axis == 0 else (1, -1))
        place = np.broadcast_to(place, gray.shape)
        # The two directions are orthogonal, so each slope is found by itself.
        gray = gray - (gray * place).sum() / ((place**2).sum() or 1) * place
    return gray


def mnist_form(ink: np.ndarray) -> np.ndarray | None:
    """The digit in a box of 20x20, with its centre of mass in the middle of 28x28.

    As in all of MNIST's files, the middle is the pixel (14, 14), counted from 0. The brightest
    pixel becomes 255: a line thinner than a pixel would come out gray, and MNIST's ink is white.

    Args:
        ink: ``(H, W)`` gray levels from 0 to 255, ink bright.

    Returns:
        ``(28, 28)`` float32 from 0 to 255; None if there is no ink.

    Example:
        >>> mnist_form(np.zeros((100, 100))) is None
        True
    """
    rows, columns = (np.flatnonzero((ink >= INK).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return None
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = _BOX / max(ink.shape)
    down, across = (_shares(size, max(1, floor(size * scale + 0.5))) for size in ink.shape)
    small = down @ ink @ across.T
    image = np.zeros((SIDE, SIDE), np.float32)
    (top, left), (height, width) = _corner(small), small.shape
    image[top : top + height, left : left + width] = small
    return image * (255 / image.max())


def _shares(before: int, after: int) -> np.ndarray:
    """``(after, before)``: how much of each new pixel along one side comes from which old ones.

    A new pixel is the mean of what it covers, so that edges become gray levels.
    """
    size = before / after
    from_, old = np.arange(after)[:, None] * size, np.arange(before)
    covered = np.minimum(old + 1, from_ + size) - np.maximum(old, from_)
    return np.maximum(covered, 0) / size


def _corner(small: np.ndarray) -> list[int]:
    """Row and column of the upper left corner that put the centre of mass into the middle."""
    mass = small.sum()
    centre = [small.sum(axis=1 - axis) @ np.arange(small.shape[axis]) / mass for axis in (0, 1)]
    shifts = [floor(SIDE / 2 - each + 0.5) for each in centre]
    return [
        min(SIDE - size, max(0, shift)) for size, shift in zip(small.shape, shifts, strict=True)
    ]
