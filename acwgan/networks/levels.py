"""How networks grow with the image: the smallest grid, and the upsamplings from it to the image."""

from __future__ import annotations

from typing import NamedTuple

#: Most pixels of a side of the smallest grid.
_LARGEST_GRID = 8


class Levels(NamedTuple):
    """The way from the smallest grid of a generator to its images.

    Attributes:
        grid: ``(h, w)``, the smallest grid.
        factors: The factor of each upsampling along height and width, the first one from
            ``grid``. A critic takes their reverse as strides.

    The images may be smaller than what the upsamplings make: ``blocks.generator_model`` crops it.
    """

    grid: tuple[int, int]
    factors: tuple[tuple[int, int], ...]


def levels_of(image_shape: tuple[int, int, int]) -> Levels:
    """The levels of networks that grow with the image.

    Each side is halved until at most 8 pixels are left, and at least once. So the smallest grid has
    4 to 8 pixels a side, for images of 8 pixels and more. A longer side is halved more often; the
    upsamplings that double it alone come first, where the grids are small.

    Args:
        image_shape: ``(H, W, C)``.

    Returns:
        The levels.

    Example:
        >>> levels_of((28, 28, 1))
        Levels(grid=(7, 7), factors=((2, 2), (2, 2)))
        >>> levels_of((30, 100, 3))
        Levels(grid=(8, 7), factors=((1, 2), (1, 2), (2, 2), (2, 2)))
    """
    sides = image_shape[:2]
    halvings = [max(1, ((side - 1) // _LARGEST_GRID).bit_length()) for side in sides]
    height, width = (-(-side // 2**count) for side, count in zip(sides, halvings, strict=True))
    down, across = halvings
    left = range(max(halvings), 0, -1)  # Upsamplings left, the present one included.
    factors = tuple((1 + (count <= down), 1 + (count <= across)) for count in left)
    return Levels((height, width), factors)
