"""The training as a video in TensorBoard: an animated GIF of the sample pictures."""

import numpy as np

from acwgan.images import gif
from acwgan.runs import sample_pictures

#: Milliseconds that a picture of a film is shown; the most pictures, and pixels of all of them.
_SHOWN, _MOST_PICTURES, _MOST_PIXELS = 80, 300, 24_000_000


def video_due(pictures: int) -> bool:
    """Whether it is time for a film: at 2, 3, 5, 8, 12, 18 pictures, always half as many again.

    So all films together have at most three times the pictures of the last one that was due, and
    four times with another one at the end. A run that is resumed makes the same.

    Args:
        pictures: How many the run has written.

    Example:
        >>> [pictures for pictures in range(50) if video_due(pictures)]
        [2, 3, 5, 8, 12, 18, 27, 41]
    """
    due = 2
    while due < pictures:
        due = -(-3 * due // 2)
    return due == pictures


def encoded_video(paths):
    """Width and height as text and the bytes of the GIF, as TensorBoard's images plugin has it."""
    (width, height), _ = sample_pictures.check_sizes(paths[-1:])
    paths = sample_pictures.thinned(
        paths, max(2, min(_MOST_PICTURES, _MOST_PIXELS // (width * height)))
    )
    _, all_grey = sample_pictures.check_sizes(paths)
    pictures = (
        sample_pictures.read_picture(path).convert("L" if all_grey else "RGB") for path in paths
    )
    frames = (gif.LEVELS[np.asarray(picture)] for picture in pictures)
    shown = [_SHOWN] * (len(paths) - 1) + [1000 * gif.LAST_SECONDS]
    return [str(width), str(height), gif.encode_gif(frames, shown)]
