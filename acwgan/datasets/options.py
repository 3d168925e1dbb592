"""How pictures become images: ``ReadOptions``. Nothing heavy is imported here."""

import re
from dataclasses import dataclass
from typing import Any

from acwgan.errors import ParameterError
from acwgan.images.sizes import Size

#: Smallest and largest side of an image in pixels.
MIN_SIDE, MAX_SIDE = 8, 256
#: What happens to a picture of another shape.
FITS = ("crop", "pad", "stretch", "none")
COLOR_MODES = ("auto", "gray", "color")
_COLORS = {"black": "#000000", "gray": "#808080", "grey": "#808080", "white": "#ffffff"}


@dataclass(frozen=True)
class ReadOptions:
    """How a data set is read. ``Config`` has fields of the same names.

    Attributes:
        transpose: Swap height and width of the images, as EMNIST's files need.
        image_size: Side of square images in pixels, as 64 or "64", or width and height, as
            "64x96"; kept as text. If None, pictures of one size up to 64x64 keep it, and all
            others become 64x64.
        fit: What happens to a picture of another shape: "crop" keeps the middle, "pad" keeps all
            of it and adds the background, "stretch" changes its proportions. "none" takes
            pictures as acwgan 0.1 did: all of one size, not turned, in the colors of their files.
        background: What is behind transparent pixels and around padded pictures: "black", "gray",
            "white", or a color as "#ff8800".
        color_mode: "gray" or "color"; "auto" makes images gray if all pixels of all pictures are.
        skip_bad: Leave out pictures that cannot be read, instead of refusing the data set.
        test_share: Share of the training images, below 1, that becomes the test images of a data
            set that has none.

    Raises:
        ParameterError: If a value is not allowed.

    Example:
        >>> str(ReadOptions(image_size="64x96").size)
        '64x96'
        >>> ReadOptions(image_size=64) == ReadOptions(image_size="64")
        True
    """

    transpose: bool = False
    image_size: str | int | None = None
    fit: str = "crop"
    background: str = "black"
    color_mode: str = "auto"
    skip_bad: bool = False
    test_share: float = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_size", size_text(self.image_size))
        faults = {
            "image_size": size_fault(self.image_size),
            "background": background_fault(self.background),
        }
        if any(faults.values()):
            raise ParameterError({name: fault for name, fault in faults.items() if fault})

    @property
    def size(self) -> Size | None:
        """``image_size`` in numbers."""
        return None if self.image_size is None else Size.parse(str(self.image_size))

    @property
    def background_color(self) -> tuple[int, int, int]:
        """``background`` as red, green and blue, 0 to 255."""
        digits = _COLORS.get(self.background, self.background)[1:]
        red, green, blue = bytes.fromhex(digits)
        return red, green, blue


def size_text(size: Any) -> Any:
    """A value of ``image_size`` as it is kept: a whole number as text, since it can only be a side.

    Args:
        size: The value, right or wrong.

    Example:
        >>> size_text(64), size_text("64x96"), size_text(None)
        ('64', '64x96', None)
    """
    return str(size) if type(size) is int else size


def size_fault(text: object) -> str | None:
    """What is wrong with a value of ``image_size``, or None.

    Args:
        text: The value.

    Returns:
        The fault in the words of ``ParameterError``.

    Example:
        >>> size_fault("64x4")
        "must be a side from 8 to 256, as 64, or WIDTHxHEIGHT, as 64x96, got '64x4'"
    """
    size = Size.parse(text) if isinstance(text, str) else None
    if text is None or (size and all(MIN_SIDE <= side <= MAX_SIDE for side in size)):
        return None
    kinds = f"a side from {MIN_SIDE} to {MAX_SIDE}, as 64, or WIDTHxHEIGHT, as 64x96"
    return f"must be {kinds}, got {text!r}"


def background_fault(text: object) -> str | None:
    """What is wrong with a value of ``background``, or None.

    Args:
        text: The value.

    Returns:
        The fault in the words of ``ParameterError``.

    Example:
        >>> background_fault("white"), background_fault("#ff8800")
        (None, None)
    """
    if isinstance(text, str) and (text in _COLORS or re.fullmatch("#[0-9a-fA-F]{6}", text)):
        return None
    return f"must be black, gray, white or a color as #ff8800, got {text!r}"


#: What is done without options.
NEUTRAL = ReadOptions()
