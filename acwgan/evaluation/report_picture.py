"""The result of an evaluation as a picture."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context

# Not pyplot, which keeps figures and a backend for the whole process.
from matplotlib.figure import Figure

from acwgan.evaluation.report import Report, shortened
from acwgan.files.atomic import whole_file
from acwgan.images.fonts import drawn_names, matplotlib_families
from acwgan.images.grids import filled, grid
from acwgan.plots.style import BLUE, FIGURE_WIDTH, VERMILION

#: Samples in a row.
_COLUMNS = 10
#: Most classes that have a confusion matrix, and how many confusions are shown of more.
_MOST_CONFUSION, _CONFUSIONS = 20, 20


def picture(
    report: Report, images: np.ndarray, labels: np.ndarray | None, path: str | Path
) -> None:
    """Draw samples, the confusion matrix, and the accuracy and variety of each class.

    Without classes, only samples are drawn.

    Args:
        report: The result of ``evaluate``.
        images: ``(N, H, W)`` or ``(N, H, W, C)`` uint8, the images that were evaluated. The first
            ten of each class are drawn, or the first hundred without classes.
        labels: ``(N,)`` integers from 0 to K-1, or None for images without classes.
        path: Path of the new PNG file.
    """
    # Of all names, so that a number in place of a name is a label.
    names = [shortened(name) for name in drawn_names(report.classes)]
    # Names may have two $, which are no formula.
    settings = {"font.family": matplotlib_families(names), "text.parse_math": False}
    with rc_context(settings), whole_file(path) as partial:
        _draw(report, names, images, labels).savefig(partial, format="png")


def _draw(
    report: Report, names: list[str], images: np.ndarray, labels: np.ndarray | None
) -> Figure:
    size = (2 * FIGURE_WIDTH, 9.8) if report.classes else (FIGURE_WIDTH, 6.8)
    figure = Figure(figsize=size, dpi=110)
    figure.set_layout_engine("constrained", h_pad=0.1)
    if report.classes and labels is not None:
        _draw_classes(figure, report, names, images, labels)
    else:
        axes = figure.subplots()
        axes.set(title="The first hundred")
        _draw_grid(axes, images[: _COLUMNS * _COLUMNS])
        axes.set(yticks=[])
    lines = [
        f"Fréchet distance {report.frechet_distance.generated:{report.distance_format}} "
        f"({report.floors:.2f} times that of real training images)",
        f"precision {report.precision.generated:.3f}, recall {report.recall.generated:.3f}; "
        f"judge {report.judge}",
    ]
    figure.suptitle((", " if report.classes else ",\n").join(lines))
    return figure


def _draw_classes(
    figure: Figure, report: Report, all_names: list[str], images: np.ndarray, labels: np.ndarray
) -> None:
    halves: Any = figure.subfigures(2, 1, height_ratios=[2, 1])
    upper, lower = halves
    samples, confusion = upper.subplots(1, 2)
    accuracy, variety = lower.subplots(1, 2)
    shown = report.shown_classes
    names = [all_names[label] for label in shown]
    _draw_samples(samples, images, labels, shown, names)
    counts = np.array(report.confusion)
    if len(all_names) > _MOST_CONFUSION:
        _draw_confusions(confusion, counts, all_names)
    else:
        _draw_confusion(confusion, counts, all_names)
    assert report.class_accuracy is not None  # A report with classes has one.
    real_accuracy = 100 * report.class_accuracy.real
    accuracies = [100 * report.accuracy_per_class[label] for label in shown]
    _draw_bars(accuracy, accuracies, names, "{:.1f}", BLUE, real_accuracy)
    accuracy.set(title="Class accuracy in % (dashed: all real test images)")
    varieties = [report.variety_per_class[label] for label in shown]
    _draw_bars(variety, varieties, names, "{:.2f}", VERMILION, 1)
    variety.set(title="Variety (dashed: real test images)")


def _draw_samples(
    axes: Any, images: np.ndarray, labels: np.ndarray, shown: list[int], names: list[str]
) -> None:
    rows = [images[np.flatnonzero(labels == label)[:_COLUMNS]] for label in shown]
    _draw_grid(axes, np.concatenate([filled(row, _COLUMNS) for row in rows]))
    height = images.shape[1]
    axes.set(title="The first ten of each class", ylabel="class")
    axes.set_yticks(height * np.arange(len(shown)) + height / 2, names)


def _draw_grid(axes: Any, images: np.ndarray) -> None:
    axes.imshow(grid(filled(images, _COLUMNS), _COLUMNS), cmap="gray", vmin=0, vmax=255)
    axes.set(xticks=[])


def _draw_confusion(axes: Any, counts: np.ndarray, names: list[str]) -> None:
    # Square roots, so that a few errors are visible beside a thousand correct readings.
    axes.imshow(np.sqrt(counts), cmap="Blues")
    axes.set(title="Confusion matrix", xlabel="read as", ylabel="requested class")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if count > counts.max() / 3 else "black"
            size = 9 if len(names) <= 10 else 6
            axes.text(column, row, count, ha="center", va="center", color=color, fontsize=size)
    _label_columns(axes, names)
    axes.set_yticks(range(len(names)), names)


def _draw_confusions(axes: Any, counts: np.ndarray, names: list[str]) -> None:
    """The most frequent confusions, where a matrix would have cells that nobody can tell apart."""
    shares = 100 * counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    np.fill_diagonal(shares, 0)
    order = np.argsort(-shares, axis=None, kind="stable")[:_CONFUSIONS]
    pairs = [divmod(int(place), len(names)) for place in order]
    pairs = [pair for pair in pairs if shares[pair]]
    bars = axes.barh(range(len(pairs)), [shares[pair] for pair in pairs], color=BLUE)
    axes.bar_label(bars, [f"{shares[pair]:.1f}" for pair in pairs], padding=2)
    axes.set_yticks(range(len(pairs)), [f"{names[row]} → {names[other]}" for row, other in pairs])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(title="Most frequent confusions in %", ylabel="requested class → read as")


def _draw_bars(
    axes: Any,
    values: list[Any],
    names: list[str],
    number_format: str,
    color: str,
    real: float,
) -> None:
    known = [0 if value is None else value for value in values]
    bars = axes.bar(range(len(values)), known, color=color)
    texts = ["-" if value is None else number_format.format(value) for value in values]
    axes.bar_label(bars, texts, padding=2, fontsize=9 if len(values) <= 10 else 6)
    axes.axhline(real, color="black", linestyle="--", linewidth=1)
    axes.set(xlabel="class", ylim=(0, 1.15 * max(real, *known)))
    _label_columns(axes, names)


def _label_columns(axes: Any, names: list[str]) -> None:
    """Class names below the axis, upright if they could overlap."""
    axes.set_xticks(range(len(names)), names, rotation=90 if max(map(len, names)) > 2 else 0)
