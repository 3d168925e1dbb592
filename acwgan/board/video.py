"""The video of a training in TensorBoard: an animated GIF of the sample pictures."""

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np

from acwgan.images import gif
from acwgan.runs import sample_pictures

#: Milliseconds per frame.
_FRAME_MS = 80
#: Upper bounds of a video.
_MOST_FRAMES, _MOST_PIXELS = 300, 24_000_000
#: Frames with more pixels than a hundred images of 64x64 are shrunk.
_FRAME_PIXELS = 640 * 640


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
        paths: PNG files, oldest first, at least one; evenly thinned out if there are too many. All
            are fitted into the size of the last one.

    Returns:
        Width, height, and the bytes of the GIF.

    Raises:
        UserError: If a file is not such a picture.
    """
    size, _ = sample_pictures.check_sizes(paths[-1:])
    factor = max(1, ceil(sqrt(size[0] * size[1] / _FRAME_PIXELS)))
    width, height = (ceil(side / factor) for side in size)
    most = max(2, min(_MOST_FRAMES, _MOST_PIXELS // (width * height)))
    paths = sample_pictures.thinned(paths, most)
    _, all_grey = sample_pictures.check_sizes(paths)
    mode = "L" if all_grey else "RGB"
    pictures = (sample_pictures.read_picture(path, size).convert(mode) for path in paths)
    frames = (gif.LEVELS[np.asarray(picture.reduce(factor))] for picture in pictures)
    milliseconds = [_FRAME_MS] * (len(paths) - 1) + [1000 * gif.LAST_SECONDS]
    return [str(width), str(height), gif.encode_gif(frames, milliseconds)]
