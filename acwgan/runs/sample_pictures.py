"""The sample pictures of a run, ``samples/step-*.png``: listed, checked and read."""

import re
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from acwgan.files.untrusted import check_memory
from acwgan.images.png import check_pictures, open_picture

#: Largest height and width of a sample picture. Versions before 0.2 wrote all classes one below the
#: other; Pillow refuses more than 179 million pixels.
MOST_SIDE = 65_535
#: Name of a sample picture: eight digits, or more if the first is not 0.
_NAME = re.compile(r"step-(\d{8}|[1-9]\d{8,14})\.png", re.ASCII)


def sample_pictures(folder: str | Path, until: int | None = None) -> list[tuple[int, Path]]:
    """List the sample pictures of a run.

    Args:
        folder: Folder of the sample pictures; other files in it are ignored.
        until: The last step to list; None for all.

    Returns:
        (Generator step, path), sorted by step; empty if there is no such folder.
    """
    found = []
    for path in Path(folder).glob("step-*.png"):
        name = _NAME.fullmatch(path.name)
        if name and path.is_file() and (until is None or int(name[1]) <= until):
            found.append((int(name[1]), path))
    return sorted(found)


def thinned(items: Sequence, at_most: int = 300) -> list:
    """Select evenly spaced items, always with the first and the last.

    Args:
        items: Items in their order.
        at_most: Number of items to keep, 2 or more.

    Returns:
        ``at_most`` of the items in their order; all of them if there are no more.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(items) <= at_most:
        return list(items)
    return [items[i * (len(items) - 1) // (at_most - 1)] for i in range(at_most)]


def check_sizes(paths: Sequence[Path]) -> tuple[tuple[int, int], bool]:
    """Check the headers of sample pictures without reading their pixels.

    Args:
        paths: Paths of PNG files, grey or RGB; at least one.

    Returns:
        The size (width, height) of the last picture, and whether all pictures are grey.

    Raises:
        UserError: If a file is not such a picture, or too large for the memory.
    """
    all_grey = True
    for path in paths:
        (width, height), grey = check_pictures([path], MOST_SIDE)
        check_memory(path, width * height * (1 if grey else 3))
        all_grey = all_grey and grey
    return (width, height), all_grey


def read_picture(path: Path, size: tuple[int, int] | None = None) -> Image.Image:
    """Read one sample picture, after ``check_sizes``.

    Args:
        path: Path of the PNG file.
        size: Width and height. A picture of another size, which a run has if an earlier version
            began it, is shrunk to fit in and stands in the center of black. None for the size
            that it has.

    Returns:
        The picture.

    Raises:
        UserError: If its pixels cannot be read.
    """
    with open_picture(path) as image:
        picture = image.copy()
    if size is None or picture.size == size:
        return picture
    canvas = Image.new(picture.mode, size)
    picture.thumbnail(size, Image.Resampling.BOX)
    left, top = ((whole - part) // 2 for whole, part in zip(size, picture.size, strict=True))
    canvas.paste(picture, (left, top))
    return canvas
