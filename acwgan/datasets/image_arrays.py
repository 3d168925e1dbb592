"""Turns arrays of images in any unmistakable form into ``(N, H, W, C)`` uint8."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from acwgan.errors import DataError
from acwgan.files.untrusted import check_memory

if TYPE_CHECKING:
    from acwgan.datasets.dataset import Split

#: Bytes that are looked at or converted at a time.
_CHUNK = 16 << 20
#: How far numbers may lie outside their scale, as after resizing, in shares of the scale.
_TOLERANCE = 1e-3
#: Smallest side of flattened images.
_LEAST_SIDE = 8
_ALLOWED = "(N, H, W), (N, H, W, 1 or 3), (N, 1 or 3, H, W) or flattened gray squares (N, H * H)"


class _Scale(NamedTuple):
    """The values of black and white."""

    black: float
    white: float

    def __str__(self) -> str:
        return f"{self.black:g} to {self.white:g}"


_BYTES, _WORDS, _UNIT, _SIGNED = _Scale(0, 255), _Scale(0, 65535), _Scale(0, 1), _Scale(-1, 1)


class Pixels(NamedTuple):
    """The images of a data set as pixels.

    Attributes:
        train: ``(N, H, W, C)`` uint8.
        test: ``(M, H, W, C)`` uint8; None if there is no test split.
        notes: What was changed, for the user to know.
    """

    train: np.ndarray
    test: np.ndarray | None
    notes: tuple[str, ...]


def pixels_of(train: Split, test: Split | None = None) -> Pixels:
    """Convert arrays of images to uint8, channels last.

    Shapes: ``(N, H, W)`` and ``(N, 1 or 3, H, W)`` get their channels last, and ``(N, S)`` of a
    square number S, 64 or more, are gray squares. Values: the range of all training images shows
    their scale, where it reaches at least half of it: 0 to 1 (also booleans), -1 to 1 (where
    both ends are nearly reached), 0 to 255, and for uint16 0 to 65535. uint8 is 0 to 255, unless
    it only holds 0 and 1.

    Args:
        train: The training split. Its images have any numeric dtype.
        test: The test split; None if there is none.

    Returns:
        The pixels. Images that are uint8 stay what they are, a view or a ``np.memmap``.

    Raises:
        DataError: If the images may mean more than one thing; the message has the line of NumPy
            that says which. Also if converted images do not fit into memory.

    Example:
        >>> from acwgan.datasets.dataset import Split
        >>> images = np.linspace(0, 1, 3 * 64, dtype=np.float32).reshape(3, 64)
        >>> pixels = pixels_of(Split(images, np.arange(3), "here"))
        >>> pixels.train.shape, int(pixels.train.max())
        ((3, 8, 8, 1), 255)
        >>> pixels.notes
        ('images are (N, 64) float32 from 0 to 1; read as (N, 8, 8, 1) uint8 from 0 to 255',)
    """
    images = _as_array(train)
    shaped = _channels_last(images, train)
    scale = _scale(shaped, train)
    pixels = _to_bytes(shaped, scale, train)
    # Gray images without an axis of channels are so common that nobody needs to know.
    changed = shaped.shape != images.shape and images.ndim != 3
    notes = []
    if changed or images.dtype != np.uint8 or scale != _BYTES:
        before, after = (f"(N, {', '.join(map(str, x.shape[1:]))}) " for x in (images, shaped))
        form = f"{before if changed else ''}{images.dtype} from {scale}"
        notes.append(f"images are {form}; read as {after if changed else ''}uint8 from {_BYTES}")
    elif 1 < (top := _highest(shaped, 127)) <= 127:
        notes.append(f"images are dark: their brightest value is {top} of 255")
    if test is None:
        return Pixels(pixels, None, tuple(notes))
    others = _as_array(test)
    test_shaped = _channels_last(others, test)
    if others.dtype == images.dtype:
        _check_within(test_shaped, scale, test)
    else:
        scale = _scale(test_shaped, test)
    return Pixels(pixels, _to_bytes(test_shaped, scale, test), tuple(notes))


def _as_array(split: Split) -> np.ndarray:
    images, source = split.images, split.images_source or split.source
    try:
        array: Any = images if isinstance(images, np.ndarray) else np.asarray(images)
    except ValueError as error:
        raise DataError(
            f"{source}: is not one array; all images must have the same shape."
        ) from error
    if array.dtype.kind == "O":
        raise DataError(f"{source}: holds objects; join them: x = np.stack(list(x))")
    if array.dtype.kind not in "biuf":
        raise DataError(f"{source}: must hold numbers, got {array.dtype}.")
    if 0 in array.shape or array.ndim < 2:
        raise DataError(f"{source}: must be {_ALLOWED}, N at least 1, got {array.shape}.")
    return array


def _channels_last(images: np.ndarray, split: Split) -> np.ndarray:
    """A view of the images as ``(N, H, W, C)``."""
    shape = images.shape
    if images.ndim == 4 and shape[3] in (1, 3):
        return images
    if images.ndim == 4 and shape[1] in (1, 3):
        return images.transpose(0, 2, 3, 1)
    side = math.isqrt(shape[1])
    is_square = side >= _LEAST_SIDE and side * side == shape[1]
    if images.ndim == 3 and not (is_square and shape[2] in (1, 3)):
        return images[..., None]
    if images.ndim == 2 and is_square:
        return images.reshape(-1, side, side, 1)
    source = split.images_source or split.source
    raise DataError(f"{source}: must be {_ALLOWED}, got {shape}{_mended_shape(shape)}")


def _mended_shape(shape: tuple[int, ...]) -> str:
    """What makes an allowed shape of one that is not."""
    pixels, color = math.isqrt(shape[1]), math.isqrt(shape[1] // 3)
    if len(shape) == 2 and 3 * color * color == shape[1]:
        return (
            f"; red, green and blue one after the other, as in the files of CIFAR: x = x.reshape("
            f"-1, 3, {color}, {color}); pixel by pixel: x = x.reshape(-1, {color}, {color}, 3)"
        )
    if len(shape) == 3 and pixels * pixels == shape[1]:
        return f"; flattened squares: x = x.reshape(-1, {pixels}, {pixels}, {shape[2]})"
    if len(shape) == 4 and shape[2] in (1, 3):
        return "; if the images are counted by the last axis: x = np.moveaxis(x, -1, 0)"
    if len(shape) == 4 and shape[3] in (2, 4):
        return f"; without transparency: x = x[..., :{shape[3] - 1}]"
    if len(shape) == 4 and shape[1] in (2, 4):
        return f"; without transparency: x = x[:, :{shape[1] - 1}]"
    if len(shape) == 2:
        return "; x = x.reshape(-1, height, width, channels)"
    return "."


def _range(images: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest value; NaN if there is one."""
    with np.errstate(invalid="ignore"):
        ends = [(part.min(), part.max()) for part in _chunks(images)]
    return float(np.min([low for low, _ in ends])), float(np.max([high for _, high in ends]))


def _highest(images: np.ndarray, enough: int) -> int:
    """The highest value, or one above ``enough``, which ends the search."""
    highest = 0
    for part in _chunks(images):
        highest = max(highest, int(part.max()))
        if highest > enough:
            break
    return highest


def _chunks(images: np.ndarray) -> list[np.ndarray]:
    rows = max(1, _CHUNK * len(images) // max(1, images.nbytes))
    return [images[start : start + rows] for start in range(0, len(images), rows)]


def _scale(images: np.ndarray, split: Split) -> _Scale:
    """The scale of images, from their dtype and the range of their values."""
    if images.dtype == bool:
        return _UNIT
    if images.dtype == np.uint8:
        return _UNIT if _highest(images, 1) == 1 else _BYTES
    low, high = _range(images)
    for scale in (_UNIT, _BYTES, _WORDS, _SIGNED):
        reached = high >= scale.white / 2
        if scale == _SIGNED:
            reached = low <= -0.9 and high >= 0.9
        if scale == _WORDS and images.dtype != np.uint16:
            continue
        if reached and _is_within(low, high, scale):
            return scale
    source = split.images_source or split.source
    raise DataError(
        f"{source}: holds {images.dtype} from {low:g} to {high:g}, which is not clearly 0 to 255, "
        f"0 to 1 or -1 to 1; {_mended_values(low, high, np.ndim(split.images))}"
    )


def _is_within(low: float, high: float, scale: _Scale) -> bool:
    slack = _TOLERANCE * (scale.white - scale.black)
    return low >= scale.black - slack and high <= scale.white + slack


def _check_within(images: np.ndarray, scale: _Scale, split: Split) -> None:
    """Refuse test images beyond the scale of the training images."""
    if images.dtype.kind == "b" or (images.dtype == np.uint8 and scale == _BYTES):
        return
    low, high = _range(images)
    if not _is_within(low, high, scale):
        source = split.images_source or split.source
        raise DataError(
            f"{source}: holds values from {low:g} to {high:g}, the training images {scale}; bring "
            "both to the same scale."
        )


def _mended_values(low: float, high: float, ndim: int) -> str:
    """What makes pixels of values whose scale is not clear."""
    if not math.isfinite(low + high):
        axes = ", ".join(map(str, range(1, ndim)))
        return (
            "leave out the images with NaN or infinity: keep = np.isfinite(x).all(axis="
            f"({axes})); x, y = x[keep], y[keep]"
        )
    if low < 0:
        return (
            f"if {low:g} is black and {high:g} white: "
            f"x = np.rint((x - x.min()) * (255 / np.ptp(x))).astype(np.uint8)"
        )
    if high == 0:
        return "all images are black"
    known = 1 if high <= 1 else 255
    largest = f"if {high:g} is white: x = np.rint(x * (255 / x.max())).astype(np.uint8)"
    if high > known:
        return f"{largest}; if another value is, put it in the place of x.max()"
    return f"{largest}; if {known} is white: x = np.rint(x * {255 // known}).astype(np.uint8)"


def _to_bytes(images: np.ndarray, scale: _Scale, split: Split) -> np.ndarray:
    """Images as uint8, converted in chunks: ``255 (x - black) / (white - black)``, rounded."""
    if images.dtype == np.uint8 and scale == _BYTES:
        return images
    check_memory(split.images_source or split.source, images.size)
    pixels = np.empty(images.shape, np.uint8)
    factor = np.float32(255 / (scale.white - scale.black))
    done = 0
    for part in _chunks(images):
        values = (part.astype(np.float32) - np.float32(scale.black)) * factor
        pixels[done : done + len(part)] = np.clip(np.rint(values), 0, 255)
        done += len(part)
    return pixels
