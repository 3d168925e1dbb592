"""The video of a training in TensorBoard: an animated GIF of the sample pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acwgan.images import gif
from acwgan.runs import sample_pictures

#: Milliseconds per frame.
_FRAME_MS = 80
#: Upper bounds of a video.
_MOST_FRAMES, _MOST_PIXELS = 300, 24_000_000


def video_due(pictures: int) -> bool:
    """Whether a video is written after this number of sample pictures.

    Videos are written at 2, 3, 5, 8, 12, 18 pictures, each time half as many again, so that all
    videos together have at most three times the frames of the latest one, or four times with a
    last one at the end of the run. A resumed run writes the same videos.

    Args:
        pictures: Number of pictures that the run has written.

    Example:
        >>> [pictures for pictures in range(50) if video_due(pictures)]
        [2, 3, 5, 8, 12, 18, 27, 41]
    """
    due = 2
    while due < pictures:
        due = -(-3 * due // 2)
    return due == pictures


def encoded_video(paths: Sequence[Path]) -> list[str | bytes]:
    """A video as TensorBoard's images plugin stores an encoded image.

    Args:
        paths: PNG files of one size, oldest first, at least one; evenly thinned out if there are
            too many.

    Returns:
        Width, height, and the bytes of the GIF.

    Raises:
        UserError: If a file is not such a picture.
    """
    (width, height), _ = sample_pictures.check_sizes(paths[-1:])
    most = max(2, min(_MOST_FRAMES, _MOST_PIXELS // (width * height)))
    paths = sample_pictures.thinned(paths, most)
    _, all_grey = sample_pictures.check_sizes(paths)
    pictures = (
        sample_pictures.read_picture(path).convert("L" if all_grey else "RGB") for path in paths
    )
    frames = (gif.LEVELS[np.asarray(picture)] for picture in pictures)
    milliseconds = [_FRAME_MS] * (len(paths) - 1) + [1000 * gif.LAST_SECONDS]
    return [str(width), str(height), gif.gif(frames, milliseconds)]
