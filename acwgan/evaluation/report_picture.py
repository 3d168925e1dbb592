"""The picture of an evaluation."""

from pathlib import Path

import numpy as np

# Not pyplot, which keeps figures and a backend for the whole process.
from matplotlib.figure import Figure

from acwgan.evaluation.report import Report, shortened
from acwgan.files.atomic import whole_file
from acwgan.images.grids import grid

#: Safe for the colour-blind (Okabe and Ito 2008).
_BLUE, _ORANGE = "#0072B2", "#D55E00"
#: Samples in a row.
_COLUMNS = 10
#: So many classes have a number in each cell of the confusion matrix.
_NUMBERED = 20


def picture(
    report: Report, images: np.ndarray, labels: np.ndarray | None, path: str | Path
) -> None:
    """Draw the samples, the confusion matrix, and the accuracy and variety of each class.

    Without classes, the samples alone.

    Args:
        report: What ``evaluate`` found.
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8; the first ten of each class are shown, or
            the first hundred; none is picked.
        labels: ``(N,)`` integers 0..K-1, or None for images without classes.
        path: Of the new PNG.
    """
    width, height = (12, 9.5) if report.classes else (7, 7.5)
    figure = Figure(figsize=(width, height), dpi=110, layout="constrained")
    figure.get_layout_engine().set(h_pad=0.1)
    if report.classes:
        _draw_classes(figure, report, images, labels)
    else:
        axes = figure.subplots()
        axes.set(title="The first hundred")
        _show(axes, images[: _COLUMNS * _COLUMNS])
        axes.set(yticks=[])
    parts = [
        f"Fréchet distance {report.frechet_distance.generated:{report.distance_form}} "
        f"({report.floors:.2f} times that of real training images), ",
        f"precision {report.precision.generated:.3f}, recall {report.recall.generated:.3f}; "
        f"judge {report.judge}",
    ]
    figure.suptitle("".join(parts) if report.classes else "\n".join(parts))
    with whole_file(path) as partial:
        figure.savefig(partial, format="png")


def _draw_classes(figure, report, images, labels):
    upper, lower = figure.subfigures(2, 1, height_ratios=[2, 1])
    samples, confusion = upper.subplots(1, 2)
    accuracy, variety = lower.subplots(1, 2)
    shown = report.shown_classes
    names = [shortened(report.classes[label]) for label in shown]
    _draw_samples(samples, images, labels, shown, names)
    _draw_confusion(confusion, np.array(report.confusion), report.classes)
    accuracies = [100 * report.accuracy_per_class[label] for label in shown]
    _draw_bars(accuracy, accuracies, names, "{:.1f}", _BLUE, 100 * report.class_accuracy.real)
    accuracy.set(title="Class accuracy in % (dashed: all real test images)")
    varieties = [report.variety_per_class[label] for label in shown]
    _draw_bars(variety, varieties, names, "{:.2f}", _ORANGE, 1)
    variety.set(title="Variety (dashed: real test images)")


def _draw_samples(axes, images, labels, shown, names):
    firsts = [images[np.flatnonzero(labels == label)[:_COLUMNS]] for label in shown]
    _show(axes, np.concatenate([_filled_up(row) for row in firsts]))
    height = images.shape[1]
    axes.set(title="The first ten of each class", ylabel="class")
    axes.set_yticks(height * np.arange(len(shown)) + height / 2, names)


def _show(axes, images):
    axes.imshow(grid(_filled_up(images), _COLUMNS), cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[])


def _filled_up(images):
    """With black, to whole rows."""
    return np.concatenate(
        [images, np.zeros_like(images, shape=(-len(images) % _COLUMNS, *images.shape[1:]))]
    )


def _draw_confusion(axes, counts, classes):
    # The root: a few errors must be visible beside a thousand hits.
    axes.imshow(np.sqrt(counts), cmap="Blues")
    axes.set(title="Confusion matrix", xlabel="read as", ylabel="asked for")
    if len(classes) > _NUMBERED:
        return
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if count > counts.max() / 3 else "black"
            size = 9 if len(classes) <= 10 else 6
            axes.text(column, row, count, ha="center", va="center", color=colour, fontsize=size)
    names = [shortened(name) for name in classes]
    _name(axes, names)
    axes.set_yticks(range(len(names)), names)


def _draw_bars(axes, values, names, form, colour, real):
    known = [0 if value is None else value for value in values]
    bars = axes.bar(range(len(values)), known, color=colour)
    texts = ["-" if value is None else form.format(value) for value in values]
    axes.bar_label(bars, texts, padding=2, fontsize=9 if len(values) <= 10 else 6)
    axes.axhline(real, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="class", ylim=(0, 1.15 * max(real, *known)))
    _name(axes, names)


def _name(axes, names):
    """Below the axis, upright where they would run into each other."""
    axes.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 2 else 0)
