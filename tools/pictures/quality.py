"""Draws the quality of a run's samples over the minutes of its training.

python -m tools.pictures.quality out/acwgan docs/pictures/quality.png
"""

import argparse
from pathlib import Path

from matplotlib.figure import Figure
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from acwgan.plots.style import BLUE, FIGURE_WIDTH, VERMILION


def curve(run_dir: Path, tag: str) -> tuple[list[float], list[float]]:
    """Minutes since the first event of a run, and the values of a tag.

    A pause between two parts of the run counts as training.
    """
    events = EventAccumulator(str(run_dir), size_guidance={"tensors": 0, "images": 1}).Reload()
    began = events.FirstEventTimestamp()
    points = events.Tensors(tag)
    values = [float(make_ndarray(point.tensor_proto)) for point in points]
    return [(point.wall_time - began) / 60 for point in points], values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run_dir", type=Path)
    parser.add_argument("picture", type=Path)
    arguments = parser.parse_args()
    figure = Figure(figsize=(FIGURE_WIDTH, 2.5), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    minutes, accuracy = curve(arguments.run_dir, "quality/class_accuracy")
    left.plot(minutes, [100 * (1 - value) for value in accuracy], "o-", color=BLUE, markersize=3)
    left.set(title="samples read as another digit", ylabel="%", yscale="log")
    minutes, distance = curve(arguments.run_dir, "quality/frechet_distance")
    right.plot(minutes, distance, "s-", color=VERMILION, markersize=3)
    right.set(title="Fréchet distance to training digits", yscale="log")
    for axes in (left, right):
        axes.set_xlabel("minutes of training")
        axes.grid(which="both", alpha=0.3)
    figure.savefig(arguments.picture)
    for row in zip(minutes, accuracy, distance, strict=True):
        print("{:6.1f} min  class accuracy {:.4f}  Fréchet distance {:.2f}".format(*row))


if __name__ == "__main__":
    main()
