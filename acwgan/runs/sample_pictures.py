"""What a film of a training is made of: the sample pictures, their clock, GIF and MP4 files."""

import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from acwgan.images.png import check_pictures, open_picture

#: Height and width of a sample picture: a hundred classes of 32 pixels have room.
MOST_SIDE = 4096
#: As ``RunLog.samples`` names a picture: eight digits, more only where the first is not 0.
_NAME = re.compile(r"step-(\d{8}|[1-9]\d{8,14})\.png", re.ASCII)


def sample_pictures(folder: str | Path, until: int | None = None) -> list[tuple[int, Path]]:
    """The pictures in the folder of a run's samples, as ``RunLog.samples`` names them.

    Args:
        folder: ``samples`` of a run; whatever else is in it does not count.
        until: The last step that counts; None for all.

    Returns:
        (Generator step, path), by step; none if there is no such folder.
    """
    found = []
    for path in Path(folder).glob("step-*.png"):
        name = _NAME.fullmatch(path.name)
        if name and path.is_file() and (until is None or int(name[1]) <= until):
            found.append((int(name[1]), path))
    return sorted(found)


def thinned(items: Sequence, at_most: int = 300) -> list:
    """Leave some out, evenly; the first and the last stay.

    Args:
        items: Any number of them.
        at_most: How many stay, at least 2.

    Returns:
        ``at_most`` of them in their order, or all if they are no more.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(items) <= at_most:
        return list(items)
    return [items[i * (len(items) - 1) // (at_most - 1)] for i in range(at_most)]


def check_sizes(paths: Sequence[Path]) -> tuple[tuple[int, int], bool]:
    """Read the headers of sample pictures, no pixels.

    Args:
        paths: Of PNG files, grey or RGB.

    Returns:
        The one size (width, height) of all, and whether all are grey.

    Raises:
        UserError: With the file that is no such picture, or of another size than the first.
    """
    return check_pictures(paths, MOST_SIDE)


def read_picture(path: Path) -> Image.Image:
    """One picture, after ``check_sizes``.

    Args:
        path: Of the file.

    Returns:
        The picture with its pixels.

    Raises:
        UserError: If they cannot be read.
    """
    with open_picture(path) as image:
        return image.copy()
