"""The picture of an evaluation."""

from pathlib import Path

import numpy as np

# Not pyplot, which keeps figures and a backend for the whole process.
from matplotlib.figure import Figure

from acwgan.files import whole_file
from acwgan.images import grid
from acwgan.report import Report

#: Safe for the colour-blind (Okabe and Ito 2008).
_BLUE, _ORANGE = "#0072B2", "#D55E00"


def picture(report: Report, images: np.ndarray, labels: np.ndarray, path: str | Path) -> None:
    """Draw the samples, the confusion matrix, and the accuracy and variety of each class.

    Args:
        report: What ``evaluate`` found.
        images: ``(N, 28, 28)`` uint8; the first ten of each class are shown, none is picked.
        labels: ``(N,)`` integers 0..9.
        path: Of the new PNG.
    """
    figure = Figure(figsize=(12, 9.5), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.1)
    upper, lower = figure.subfigures(2, 1, height_ratios=[2, 1])
    samples, confusion = upper.subplots(1, 2)
    accuracy, variety = lower.subplots(1, 2)
    _draw_samples(samples, images, labels)
    _draw_confusion(confusion, np.array(report.confusion))
    accuracies = [100 * share for share in report.accuracy_per_class]
    _draw_bars(accuracy, accuracies, "{:.1f}", _BLUE, 100 * report.class_accuracy.real)
    accuracy.set(title="Class accuracy in % (dashed: all real test digits)")
    _draw_bars(variety, report.variety_per_class, "{:.2f}", _ORANGE, 1)
    variety.set(title="Variety (dashed: real test digits)")
    figure.suptitle(
        f"Fréchet distance {report.frechet_distance.generated:.2f} "
        f"({report.floors:.2f} times that of real training digits), "
        f"precision {report.precision.generated:.3f}, recall {report.recall.generated:.3f}; "
        f"judge {report.judge}"
    )
    with whole_file(path) as partial:
        figure.savefig(partial, format="png")


def _draw_samples(axes, images, labels):
    firsts = [np.flatnonzero(labels == label)[:10] for label in range(10)]
    axes.imshow(grid(images[np.concatenate(firsts)], 10), cmap="gray", vmin=0, vmax=255)
    axes.set(title="The first ten of each class", xticks=[], ylabel="class")
    axes.set_yticks(28 * np.arange(10) + 14, range(10))


def _draw_confusion(axes, counts):
    # The root: a few errors must be visible beside a thousand hits.
    axes.imshow(np.sqrt(counts), cmap="Blues")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if count > counts.max() / 3 else "black"
            axes.text(column, row, count, ha="center", va="center", color=colour, fontsize=9)
    axes.set(title="Confusion matrix", xlabel="read as", ylabel="asked for")
    axes.set(xticks=range(10), yticks=range(10))


def _draw_bars(axes, values, form, colour, real):
    bars = axes.bar(range(10), values, color=colour)
    axes.bar_label(bars, [form.format(value) for value in values], padding=2, fontsize=9)
    axes.axhline(real, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="class", xticks=range(10), ylim=(0, 1.15 * max(real, *values)))
