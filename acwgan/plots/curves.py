"""Draws the curves of one run, or of several runs to compare, as a picture for print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.files.endings import check_ending
from acwgan.images.fonts import drawn_names, matplotlib_families
from acwgan.plots.limits import can_be_drawn, set_limits
from acwgan.plots.style import COLORS, FIGURE_WIDTH, RC_PARAMS
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import PANELS, TAGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Dashes and markers tell runs apart where colors do not. The lengths of colors, dashes and markers
#: share no factor, so that 210 runs are drawn before two look the same.
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (7, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "*")
#: Most points of a curve that are all marked, and not smoothed.
_FEW = 40
#: Inches.
_PANEL_HEIGHT = 1.3


class _Panel(NamedTuple):
    """What is drawn into one coordinate system."""

    title: str
    unit: str
    columns: dict[str, str]  # column -> its words in the legend
    log: bool = False
    noisy: bool = True  # one batch a value: smoothed, and shown without its outliers


_PANELS = [
    _Panel(
        panel.title,
        panel.unit,
        {tag.name: tag.legend for tag in TAGS if tag.panel == panel},
        panel.log,
        panel.noisy,
    )
    for panel in PANELS
]


class _Curve(NamedTuple):
    steps: np.ndarray  # (N,) generator steps
    values: np.ndarray  # (N,)


def plot(runs: Mapping[str, str | Path], out: str | Path) -> None:
    """Draw the curves of one run, or of several runs side by side.

    Args:
        runs: Name in the picture -> run folder.
        out: Path of the new picture, ``.png`` or ``.svg``.

    Raises:
        UserError: If ``out`` has another ending, or a run has nothing to draw.
    """
    from matplotlib import rc_context

    # Not pyplot, which keeps figures and a backend for the whole process.
    from matplotlib.figure import Figure

    file_format = check_ending("out", out, ".png", ".svg")[1:]
    tables = [_read_run(Path(folder)) for folder in runs.values()]
    panels = _panels(tables)
    if not panels:
        raise UserError(f"{', '.join(map(str, runs.values()))}: nothing to draw in metrics.csv")
    span = _smoothing_span(tables)
    names = drawn_names(runs)
    with rc_context({**RC_PARAMS, "font.family": matplotlib_families(names)}):
        size = (FIGURE_WIDTH, _PANEL_HEIGHT * len(panels) + 0.9)
        figure = Figure(figsize=size, dpi=300, layout="constrained")
        rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(rows, panels, strict=True):
            _draw(axes, panel, tables, span)
        rows[-1].set_xlim(0, 1.02 * max(table["generator_step"].steps[-1] for table in tables))
        rows[-1].set_xlabel("generator steps")
        rows[-1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        rows[-1].xaxis.get_major_locator().set_params(integer=True)
        figure.align_ylabels(rows)
        if len(runs) > 1:
            columns = max(1, 90 // (max(map(len, names)) + 12))
            _add_legend(figure, names, loc="outside upper left", ncols=columns)
        figure.supxlabel(_caption(names, span), x=0.01, ha="left", fontsize=8)
        with whole_file(out) as partial:
            # Without the date, the same curves give the same file.
            metadata = {"Date": None} if file_format == "svg" else None
            figure.savefig(partial, format=file_format, metadata=metadata)


def _read_run(folder: Path) -> dict[str, _Curve]:
    """Column -> curve, from both tables of a run."""
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a run folder")
    curves: dict[str, _Curve] = {}
    for path in (folder / "quality.csv", folder / "metrics.csv"):
        table = read_csv(path) if path.exists() else {}
        if table and len(table["generator_step"]):
            steps = table["generator_step"]
            curves |= {column: _Curve(steps, values) for column, values in table.items()}
        elif path.name == "metrics.csv":
            raise UserError(f"{folder}: has no metrics yet")
    return curves


def _panels(tables: list[dict[str, _Curve]]) -> list[_Panel]:
    """The panels with something to draw; with several runs, each column has its own panel."""
    found = []
    for panel in _PANELS:
        columns = {
            column: words
            for column, words in panel.columns.items()
            if any(
                can_be_drawn(table[column].values, panel.log).any()
                for table in tables
                if column in table
            )
        }
        if len(tables) == 1 and columns:
            found.append(panel._replace(columns=columns))
        elif columns:
            for column, words in columns.items():
                title = f"{panel.title}: {words}" if words else panel.title
                found.append(panel._replace(title=title, columns={column: ""}))
    return found


def _smoothing_span(tables: list[dict[str, _Curve]]) -> float:
    """The window of the running median in steps, a round number; 0 to smooth nothing."""
    longest = max((table["generator_step"].steps for table in tables), key=lambda steps: steps[-1])
    if len(longest) <= _FEW:
        return 0
    return float(f"{max(longest[-1] / 25, 5 * np.median(np.diff(longest))):.1g}")


def _look(index: int) -> dict[str, Any]:
    """Color, dashes and marker of a curve."""
    return {
        "color": COLORS[index % len(COLORS)],
        "linestyle": _DASHES[index % len(_DASHES)],
        "marker": _MARKERS[index % len(_MARKERS)],
        "linewidth": 1.4,
        "markersize": 4,
    }


def _draw(axes: Axes, panel: _Panel, tables: list[dict[str, _Curve]], span: float) -> None:
    """Draw the curves of all runs into a panel."""
    curves = [table.get(column) for table in tables for column in panel.columns]
    alpha = 0.3 if len(curves) <= 2 else 0.15
    all_values = []
    for index, curve in enumerate(curves):
        if curve is None:
            continue
        steps, values = curve
        values = 100 * values if panel.unit == "%" else values
        all_values.append(values)
        look = _look(index)
        if panel.noisy and span:
            axes.plot(steps, values, color=look["color"], alpha=alpha, linewidth=0.5, zorder=1)
            values = running_median(steps, values, span)
        # The markers of the curves stand side by side, not on top of each other.
        every = 1 if len(steps) <= _FEW else len(steps) // 8
        axes.plot(steps, values, **look, markevery=(index * every // len(curves), every))
    title = axes.set_title(panel.title)
    axes.set_ylabel(panel.unit)
    note = set_limits(axes, np.concatenate(all_values), panel.log, panel.noisy)
    axes.annotate(note, (1, 0), (6, 2), title, "offset points", fontsize=7.5, color="0.3")
    names = panel.columns.values()
    if any(names):
        _add_legend(axes, names, loc="lower right", bbox_to_anchor=(1.01, 0.96), ncols=2)


def _add_legend(owner: Axes | Figure, names: Iterable[str], **options: Any) -> None:
    """Add a legend for any names: matplotlib 3.9 leaves out names that begin with _."""
    from matplotlib.lines import Line2D

    names = list(names)
    lines = [Line2D([], [], **_look(index)) for index in range(len(names))]
    legend = owner.legend(lines, [" "] * len(lines), **options)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)


def _caption(names: Sequence[str], span: float) -> str:
    text = f"Run {names[0]}. " if len(names) == 1 else ""
    if span:
        text += f"Strong lines: running median over {span:,.0f} generator steps; "
        text += "pale lines: each value in the table, of one batch."
    return textwrap.fill(text, 108)


def running_median(steps: np.ndarray, values: np.ndarray, span: float) -> np.ndarray:
    """Smooth a curve. The few outliers after bursts of critic updates do not move a median.

    Args:
        steps: ``(N,)``, ascending.
        values: ``(N,)``, finite or NaN.
        span: Width of the window in steps, half of it on each side.

    Returns:
        ``(N,)`` medians of the finite values in the window; NaN where the value is NaN.

    Example:
        >>> running_median(np.arange(5), np.array([1.0, 9.0, 2.0, np.nan, 3.0]), 2).tolist()
        [5.0, 2.0, 5.5, nan, 3.0]
    """
    finite = np.isfinite(values)
    steps, kept = steps[finite], values[finite]
    starts = np.searchsorted(steps, steps - span / 2, "left")
    ends = np.searchsorted(steps, steps + span / 2, "right")
    result = np.full(len(values), np.nan)
    result[finite] = [np.median(kept[i:j]) for i, j in zip(starts, ends, strict=True)]
    return result
