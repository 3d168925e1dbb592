"""What a sample grid shows of many classes or of large images, and where."""

from math import ceil
from typing import NamedTuple

#: Most images in a row, and fewest.
COLUMNS, _FEWEST = 10, 4
#: Most pixels of a grid.
_MOST_PIXELS = 2048**2
#: Images are shrunk to this height and width, but not below.
_SMALLEST = 64
#: A grid that is this many times as wide as high has fewer columns, and one that is this many times
#: as high as wide has several blocks.
_WIDE, _TALL = 10, 2


class GridLayout(NamedTuple):
    """Which rows a sample grid has, and how they are laid out.

    Attributes:
        rows: The rows that are shown, of all: labels where each class has a row.
        columns: Images in a row.
        blocks: Blocks of rows side by side: see ``grids.grid``.
        reduction: Images are shrunk by this factor: see ``grids.reduced``.
    """

    rows: tuple[int, ...]
    columns: int = COLUMNS
    blocks: int = 1
    reduction: int = 1

    def in_words(self, classes: int | None, size: tuple[int, int]) -> str | None:
        """What is left out or shrunk; None if nothing is.

        Args:
            classes: Number of all classes, each of which has a row; None without classes.
            size: Height and width of an image.

        Example:
            >>> grid_layout(1000, 64, 64).in_words(1000, (64, 64))
            'sample pictures show 256 of 1,000 classes, 4 images of each; all would be too large'
        """
        shown = len(self.rows)
        if classes is None or classes == 1:
            words = f"{shown * self.columns} images"
        else:
            some = f"{shown} of {classes:,}" if shown < classes else f"all {classes}"
            words = f"{some} classes, {self.columns} images of each"
        if self.reduction > 1:
            height, width = (ceil(side / self.reduction) for side in size)
            words += f", shrunk to {width}x{height}"
        if (shown, self.columns, self.reduction) == (classes or COLUMNS, COLUMNS, 1):
            return None
        return f"sample pictures show {words}; all would be too large"


def grid_layout(rows: int, height: int, width: int) -> GridLayout:
    """The layout of a sample grid that TensorBoard, browsers and a GIF can show.

    A grid has at most about 4 million pixels. For more, it first has fewer columns, then the images
    are shrunk, then rows are left out evenly. It is not much wider than high, for which it has
    fewer columns, nor higher than wide, for which its rows stand in several blocks.

    Args:
        rows: Number of all rows, 1 or more.
        height: Height of an image.
        width: Width of an image.

    Example:
        >>> grid_layout(10, 28, 28) == GridLayout(tuple(range(10)))
        True
        >>> grid_layout(520, 8, 8)[1:]
        (10, 6, 1)
        >>> grid_layout(38, 256, 256)[1:]
        (6, 2, 2)
        >>> len(grid_layout(1000, 64, 64).rows)
        256
    """

    def room(reduction: int) -> int:
        return _MOST_PIXELS // (ceil(height / reduction) * ceil(width / reduction))

    reduction = 1
    while room(reduction) < _FEWEST * rows and min(height, width) >= 2 * reduction * _SMALLEST:
        reduction *= 2
    height, width = ceil(height / reduction), ceil(width / reduction)
    most = max(1, _MOST_PIXELS // (height * width))
    columns = min(COLUMNS, max(_FEWEST, min(most // rows, _WIDE * rows * height // width)))
    shown = min(rows, max(1, most // columns))
    chosen = tuple(number * (rows - 1) // max(1, shown - 1) for number in range(shown))
    blocks = 1
    while ceil(shown / blocks) * height > _TALL * blocks * columns * width:
        blocks += 1
    return GridLayout(chosen, columns, blocks, reduction)
