"""Pixels: the one place that converts between uint8 and [-1, 1]."""

from typing import Any

import numpy as np


def to_float(images: Any) -> Any:
    """Map pixels from 0..255 to [-1, 1]: ``x / 127.5 - 1``.

    Args:
        images: NumPy array of any dtype, or TensorFlow tensor of a floating dtype; any shape,
            values 0..255.

    Returns:
        An array or tensor of the same shape, values in [-1, 1].

    Example:
        >>> to_float(np.array([0.0, 127.5, 255.0])).tolist()
        [-1.0, 0.0, 1.0]
    """
    return images / 127.5 - 1.0


def to_uint8(images: np.ndarray) -> np.ndarray:
    """Map [-1, 1] to pixels 0..255: ``clip(rint((x + 1) * 127.5), 0, 255)``.

    Args:
        images: Floating dtype, any shape; values outside [-1, 1] are clipped.

    Returns:
        An array of the same shape, uint8.

    Example:
        >>> to_uint8(np.array([-1.0, 0.0, 1.0])).tolist()
        [0, 128, 255]
    """
    return np.clip(np.rint((np.asarray(images) + 1.0) * 127.5), 0, 255).astype(np.uint8)


def is_images(images: np.ndarray, image_shape: tuple[int, int, int]) -> bool:
    """Whether an array is ``(N, H, W, C)`` uint8; grey images may also be ``(N, H, W)``."""
    shapes: list[tuple[int, ...]] = [image_shape]
    if image_shape[2] == 1:
        shapes.append(image_shape[:2])
    return images.dtype == np.uint8 and images.shape[1:] in shapes


def allowed_images(image_shape: tuple[int, int, int]) -> str:
    """The arrays that ``is_images`` accepts, in words.

    Example:
        >>> allowed_images((28, 28, 1)), allowed_images((32, 32, 3))
        ('(N, 28, 28) uint8', '(N, 32, 32, 3) uint8')
    """
    sides = image_shape[:2] if image_shape[2] == 1 else image_shape
    return f"(N, {', '.join(map(str, sides))}) uint8"
