"""Images as outlines that stay smooth at any size: marching squares on the gray levels, and SVG."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file

#: The gray level of an outline, halfway from black to white.
_LEVEL = 127.5


def save_svg(
    path: str | Path, images: np.ndarray, columns: int, scale: int = 8, title: str = ""
) -> None:
    """Write the outlines of images as an SVG file, white on black, laid out row by row.

    Args:
        path: Path of the new file. Its folder is created.
        images: ``(N, H, W)`` or ``(N, H, W, 1)`` uint8, N a multiple of ``columns``.
        columns: Images in a row.
        scale: Side of a pixel of the images. The picture stays smooth at any other size too.
        title: What the picture shows, for screen readers.

    Raises:
        UserError: If the images have colors.
    """
    if images.shape[3:] == (3,):
        raise UserError("an SVG has the outlines of gray images, and these have colors; use png")
    height, width = images.shape[1:3]
    shapes = "\n".join(
        f'<path transform="translate({number % columns * width} {number // columns * height})" '
        f'd="{_path(image.reshape(height, width))}"/>'
        for number, image in enumerate(images)
    )
    width, height = columns * width, len(images) // columns * height
    with whole_file(path) as partial:
        partial.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{scale * width}" height="{scale * height}" role="img">\n'
            f"<title>{escape(title)}</title>\n"
            f'<rect width="{width}" height="{height}"/>\n'
            f'<g fill="#fff" fill-rule="evenodd">\n{shapes}\n</g>\n</svg>\n',
            encoding="utf-8",
        )


def _path(image: np.ndarray) -> str:
    """The data of an SVG path: curves through the middles of the sides of all outlines."""
    path = ""
    for corners in outlines(image):
        middles = (corners + np.roll(corners, -1, axis=0)) / 2
        curves = zip(corners, middles, strict=True)
        path += "M{:.2f} {:.2f}".format(*middles[-1])
        path += "".join("Q{:.2f} {:.2f} {:.2f} {:.2f}".format(*a, *b) for a, b in curves) + "Z"
    return path


def outlines(image: np.ndarray, level: float = _LEVEL) -> list[np.ndarray]:
    """Closed outlines around what is brighter than a gray level, by marching squares.

    Args:
        image: ``(H, W)`` of gray levels from 0 to 255. What is outside of it is black.
        level: The gray level. Between two pixels it is interpolated linearly.

    Returns:
        Polygons ``(N, 2)`` of x and y. The pixel in the upper left corner covers 0 to 1.

    Example:
        >>> [outline] = outlines(np.array([[255.0]]))
        >>> outline.tolist()
        [[1.0, 0.5], [0.5, 1.0], [0.0, 0.5], [0.5, 0.0]]
    """
    field = np.pad(np.asarray(image, float), 1)
    after = dict(_sides(field > level))
    polygons = []
    while after:
        start, edge = after.popitem()
        edges = [start]
        while edge != start:
            edges.append(edge)
            edge = after.pop(edge)
        polygons.append(np.array([_crossing(field, level, *edge) for edge in edges]))
    return polygons


_Edge = tuple[tuple[int, int], tuple[int, int]]


def _sides(inside: np.ndarray) -> Iterator[tuple[_Edge, _Edge]]:
    """The sides of all outlines: each from one edge between two pixels to another.

    Each square of four pixels is walked around clockwise. A side goes from where the walk leaves
    the bright pixels to where it enters them again, so all sides have the bright pixels on the
    same hand, and each ends where exactly one begins.
    """
    number = sum(map(np.int8, (inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1])))
    for row, column in np.argwhere((number > 0) & (number < 4)).tolist():
        walk = [(row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column)]
        left: _Edge | None = None
        edges = list(zip(walk, walk[1:] + walk[:1], strict=True))
        for one, other in edges * 2:
            if inside[one] and not inside[other]:
                left = one, other
            elif inside[other] and not inside[one] and left:
                yield left, (other, one)
                left = None


def _crossing(
    field: np.ndarray, level: float, one: tuple[int, int], other: tuple[int, int]
) -> np.ndarray:
    """Where the level lies between two pixels, as x and y without the padding."""
    share = (level - field[one]) / (field[other] - field[one])
    y, x = np.array(one) + share * (np.array(other) - one) - 0.5
    return np.array([x, y])
