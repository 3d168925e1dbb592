"""A picture of generated images, each beside the training image that is nearest to it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.images.grids import enlarged, filled, grid
from acwgan.images.png import save_png

#: Pairs in a row, and least pixels of a side of an image in the picture.
_COLUMNS, _LEAST_SIDE = 8, 64
#: Gray level of what is between the pairs.
_BETWEEN = 128


def pairs_picture(
    pairs: Sequence[tuple[int, int]], images: np.ndarray, training: np.ndarray, path: str | Path
) -> None:
    """Draw pairs: on the left a generated image, on the right its nearest training image.

    Args:
        pairs: Row of the generated and of the training image, as ``Report.nearest_pairs``.
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, the generated images.
        training: ``(M, H, W, C)`` uint8, the training images.
        path: Path of the new PNG file.
    """
    ours, theirs = np.array(pairs).T
    shape = (len(pairs), *training.shape[1:])
    both = np.concatenate([images[ours].reshape(shape), training[theirs]], axis=2)
    scale = -(-_LEAST_SIDE // max(shape[1:3]))
    edge = ((0, 0), (2, 2), (2, 2), (0, 0))
    framed = np.pad(both, edge, constant_values=_BETWEEN)
    columns = min(_COLUMNS, len(pairs))
    save_png(path, enlarged(grid(filled(framed, columns), columns), scale))
