"""Draws how the digits of a run form, as an animated WebP: five hands, ten digits each.

python -m tools.pictures.forming out/forming docs/pictures/forming.webp

A file of `acwgan video` shows all of a run's samples and its losses. This one is small enough for
the first screen of the README.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.images.grids import captioned
from acwgan.images.png import open_picture
from acwgan.runs.sample_pictures import sample_pictures

_SIDE, _HANDS = 28, 5
_MILLISECONDS, _LAST = 150, 3000


def hands(path: Path) -> np.ndarray:
    """The first hands of a class grid as rows, each with all classes."""
    with open_picture(path) as picture:
        grid = np.asarray(picture)
    rows = grid.reshape(len(grid) // _SIDE, _SIDE, -1, _SIDE).transpose(2, 1, 0, 3)
    return rows[:_HANDS].reshape(_HANDS * _SIDE, -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path, help="of MNIST")
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    steps, paths = zip(*sample_pictures(arguments.run_dir / "samples"), strict=True)
    frames = captioned(np.stack([hands(path) for path in paths]), [f"step {n}" for n in steps], 2)
    first, *others = [Image.fromarray(frame) for frame in frames]
    times = [_MILLISECONDS] * len(others) + [_LAST]
    first.save(
        arguments.picture, save_all=True, append_images=others, duration=times, loop=0, quality=25
    )


if __name__ == "__main__":
    main()
