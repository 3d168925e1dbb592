"""The sample pictures of a run, ``samples/step-*.png``: listed, checked and read."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from acwgan.errors import UserError
from acwgan.images.png import open_picture

#: Largest height and width of a sample picture: enough for 100 classes of 32x32 pixels.
MOST_SIDE = 4096
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
        The common size (width, height), and whether all pictures are grey.

    Raises:
        UserError: If a file is not such a picture, or differs in size from the first.
    """
    first, all_grey = (0, 0), True
    for number, path in enumerate(paths):
        with _opened(path) as image:
            size, mode = image.size, image.mode
        if max(size) > MOST_SIDE:
            raise UserError(f"{path}: is {_by(size)}; at most {MOST_SIDE}x{MOST_SIDE} is allowed")
        if mode not in ("L", "RGB"):
            raise UserError(f"{path}: must be grey or RGB, got mode {mode}")
        if number == 0:
            first = size
        if size != first:
            raise UserError(f"{path}: is {_by(size)}, but {paths[0].name} is {_by(first)}")
        all_grey = all_grey and mode == "L"
    return first, all_grey


def read_picture(path: Path) -> Image.Image:
    """Read one sample picture, after ``check_sizes``.

    Args:
        path: Path of the PNG file.

    Returns:
        The picture.

    Raises:
        UserError: If its pixels cannot be read.
    """
    with _opened(path) as image:
        return image.copy()


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with open_picture(path) as image:
            yield image
    except (Image.DecompressionBombError, SyntaxError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UserError(f"{path}: is not a readable PNG picture") from error
