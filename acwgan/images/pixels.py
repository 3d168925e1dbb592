"""Pixels: the one place that converts between uint8 and [-1, 1], and other forms to uint8."""

import warnings
from typing import Any

import numpy as np

from acwgan.errors import ParameterError, UserNotice

#: How far floats may lie outside their range, as after resizing.
_SLACK = 1e-3
#: Images of floats that are not from 0 to 255 reach white, or black, at least as nearly as this.
#: Nearer to 0, they could be pixels that are almost black, or differences from a mean.
_REACHED_WHITE, _REACHED_BLACK = 0.1, -0.9


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


def as_images(images: Any, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Images of a known size, in any unmistakable form, as networks of this package take them.

    Critic, judge and evaluation take all their images through this function, so that a picture has
    the same scores in every form.

    Args:
        images: ``(N, H, W, C)``, or one image without its first axis. The channels may come before
            ``H``. Gray images may lack the axis of channels, or have three equal channels. The
            values are those of ``as_pixels``.
        image_shape: ``(H, W, C)`` that the images must have.

    Returns:
        ``(N, H, W, C)`` uint8.

    Raises:
        ParameterError: If shape or dtype are not those of such images, or the values could mean
            two things.

    Example:
        >>> as_images(np.zeros((5, 28, 28), np.uint8), (28, 28, 1)).shape
        (5, 28, 28, 1)
        >>> as_images(np.zeros((3, 32, 32), np.uint8), (32, 32, 3)).shape
        (1, 32, 32, 3)
    """
    images = np.asarray(images)
    shaped = _with_shape(images, image_shape) if images.dtype.kind in "biuf" else None
    if shaped is None:
        allowed = allowed_images(image_shape)
        raise ParameterError({"images": f"must be {allowed}, got {images.shape} {images.dtype}"})
    return as_pixels(shaped)


def _with_shape(images: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray | None:
    """The images as ``(N, H, W, C)``; None if they do not have this shape in any form."""
    height, width, channels = image_shape
    # The usual forms come first: very small images have the shape of several forms.
    if images.shape[1:] == image_shape:
        return images
    if images.shape == image_shape:
        return images[None]
    if channels == 1 and images.ndim in (2, 3) and images.shape[-2:] == (height, width):
        return images.reshape(-1, *image_shape)
    if images.ndim in (3, 4) and images.shape[-3:] == (channels, height, width):
        return np.moveaxis(images.reshape(-1, channels, height, width), 1, -1)
    if channels == 1 and images.ndim in (3, 4) and images.shape[-3:] == (height, width, 3):
        gray = images[..., :1]
        return gray.reshape(-1, *image_shape) if (images == gray).all() else None
    return None


def as_pixels(images: Any) -> np.ndarray:
    """Numbers, in any unmistakable form, as pixels from 0 (black) to 255 (white).

    Args:
        images: Any shape. uint8 stays as it is, and False is black, True white. Other integers are
            from 0 to 255. Floats are from 0 to 255, from 0 to 1 or from -1 to 1: the lowest and
            the highest of all values tell which. A notice says so for the last two.

    Returns:
        An array of the same shape, uint8; floats are rounded to the nearest pixel.

    Raises:
        ParameterError: If the numbers are others, or could mean two things.

    Example:
        >>> as_pixels(np.array([0, 255])).tolist(), as_pixels(np.array([0.0, 128.0])).tolist()
        ([0, 255], [0, 128])
        >>> as_pixels(np.array([True, False])).tolist()
        [255, 0]
    """
    images = np.asarray(images)
    kind = images.dtype.kind
    if images.dtype == np.uint8 or not images.size:
        return images.astype(np.uint8, copy=False)
    if kind == "b":
        return images * np.uint8(255)
    if kind not in "iuf":
        raise ParameterError({"images": f"must be numbers, got {images.dtype}"})
    lowest, highest = float(images.min()), float(images.max())  # NaN if there is one.
    if lowest >= 0 and (255 * _REACHED_WHITE if kind == "f" else 2) <= highest <= 255:
        return np.rint(images).astype(np.uint8)
    if kind == "f" and highest <= 1 + _SLACK:
        if lowest >= -_SLACK and highest >= _REACHED_WHITE:
            _notice("0 (black) to 1 (white)")
            return np.clip(np.rint(images * 255.0), 0, 255).astype(np.uint8)
        if -1 - _SLACK <= lowest <= _REACHED_BLACK:
            _notice("-1 (black) to 1 (white)")
            return to_uint8(images)
    raise ParameterError(
        {
            "images": "must be uint8, or unmistakably from 0 to 255, from 0 to 1 or from -1 to 1; "
            f"got {images.dtype} from {lowest:g} to {highest:g}; convert them to uint8 first"
        }
    )


def _notice(of_what: str) -> None:
    warnings.warn(UserNotice(f"`images` are taken as floats from {of_what}"), stacklevel=4)
