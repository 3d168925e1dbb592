"""The curves of one run, or of several to compare, as one picture for print."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.files.endings import check_ending
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import PANELS, TAGS

#: Safe for the colour-blind (Okabe and Ito 2008). The three lengths share no factor: it is long
#: before two runs look the same, and in grey the dashes and markers tell them apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (7, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "*")
#: Points of a curve up to which each of them gets its marker, and none is smoothed.
_FEW = 40
#: In inches: prints 1:1 into the text of an A4 page.
_WIDTH, _PANEL_HEIGHT = 6.3, 1.3
_STYLE = {
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "0.88",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 3.2,
    "text.parse_math": False,  # A run may be called a$b$.
    "svg.fonttype": "none",  # Text that can be searched and edited.
    "svg.hashsalt": "acwgan",  # The same curves, the same file.
}


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


def plot(runs: Mapping[str, str | Path], out: str | Path) -> None:
    """Draw the curves of one run, or of several beside each other.

    Args:
        runs: Name in the picture -> run folder.
        out: Of the new picture, ``.png`` or ``.svg``.

    Raises:
        UserError: If ``out`` has another ending, or a run has nothing to draw.
    """
    from matplotlib import rc_context

    # Not pyplot, which keeps figures and a backend for the whole process.
    from matplotlib.figure import Figure

    kind = check_ending("out", out, ".png", ".svg")[1:]
    tables = [_read_run(Path(folder)) for folder in runs.values()]
    panels = _panels(tables)
    if not panels:
        raise UserError(f"{', '.join(map(str, runs.values()))}: nothing to draw in metrics.csv")
    span = _span(tables)
    with rc_context(_STYLE):
        size = (_WIDTH, _PANEL_HEIGHT * len(panels) + 0.9)
        figure = Figure(figsize=size, dpi=300, layout="constrained")
        rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(rows, panels, strict=True):
            _draw(axes, panel, tables, span)
        rows[-1].set_xlim(0, 1.02 * max(table["generator_step"][0][-1] for table in tables))
        rows[-1].set_xlabel("generator steps")
        rows[-1].xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        rows[-1].xaxis.get_major_locator().set_params(integer=True)
        figure.align_ylabels(rows)
        if len(runs) > 1:
            columns = max(1, 90 // (max(map(len, runs)) + 12))
            _legend(figure, runs, loc="outside upper left", ncols=columns)
        figure.supxlabel(_caption(runs, span), x=0.01, ha="left", fontsize=8)
        with whole_file(out) as partial:
            # The same curves, the same file: without the time of day.
            metadata = {"Date": None} if kind == "svg" else None
            figure.savefig(partial, format=kind, metadata=metadata)


def _read_run(folder):
    """Column -> (steps, values), from both tables."""
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a run folder")
    curves = {}
    for path in (folder / "quality.csv", folder / "metrics.csv"):
        table = read_csv(path) if path.exists() else {}
        if table and len(table["generator_step"]):
            curves |= {column: (table["generator_step"], table[column]) for column in table}
        elif path.name == "metrics.csv":
            raise UserError(f"{folder}: has no metrics yet")
    return curves


def _panels(tables):
    """Those with something to draw; with several runs, each curve in a panel of its own."""
    found = []
    for panel in _PANELS:
        columns = {
            column: words
            for column, words in panel.columns.items()
            if any(_shown(table[column][1], panel).any() for table in tables if column in table)
        }
        if len(tables) == 1 and columns:
            found.append(panel._replace(columns=columns))
        elif columns:
            for column, words in columns.items():
                title = f"{panel.title}: {words}" if words else panel.title
                found.append(panel._replace(title=title, columns={column: ""}))
    return found


def _shown(values, panel):
    return np.isfinite(values) & (not panel.log or values > 0)


def _span(tables):
    """The window of the running median in steps, a round number; 0 for none."""
    longest = max((table["generator_step"][0] for table in tables), key=lambda steps: steps[-1])
    if len(longest) <= _FEW:
        return 0
    return float(f"{max(longest[-1] / 25, 5 * np.median(np.diff(longest))):.1g}")


def _look(place):
    """Colour, dashes and marker of a curve."""
    return {
        "color": _COLOURS[place % len(_COLOURS)],
        "linestyle": _DASHES[place % len(_DASHES)],
        "marker": _MARKERS[place % len(_MARKERS)],
        "linewidth": 1.4,
        "markersize": 4,
    }


def _draw(axes, panel, tables, span):
    """Draw every run's curves."""
    curves = [(table.get(column), column) for table in tables for column in panel.columns]
    pale = {"alpha": 0.3 if len(curves) <= 2 else 0.15, "linewidth": 0.5, "zorder": 1}
    everything = []
    for place, (curve, _) in enumerate(curves):
        if curve is None:
            continue
        steps, values = curve
        values = 100 * values if panel.unit == "%" else values
        everything.append(values)
        look = _look(place)
        if panel.noisy and span:
            axes.plot(steps, values, color=look["color"], **pale)
            values = running_median(steps, values, span)
        # The markers of the curves beside each other, not on top of each other.
        every = 1 if len(steps) <= _FEW else len(steps) // 8
        axes.plot(steps, values, **look, markevery=(place * every // len(curves), every))
    title = axes.set_title(panel.title)
    axes.set_ylabel(panel.unit)
    note = _set_limits(axes, np.concatenate(everything), panel)
    axes.annotate(note, (1, 0), (6, 2), title, "offset points", fontsize=7.5, color="0.3")
    if any(panel.columns.values()):
        names = panel.columns.values()
        _legend(axes, names, loc="lower right", bbox_to_anchor=(1.01, 0.96), ncols=2)


def _set_limits(axes, values, panel):
    """Limits that the huge values of the first bursts do not spoil; returns a note on those."""
    from matplotlib.ticker import LogLocator, NullLocator

    shown = values[_shown(values, panel)]
    shown = np.log10(shown) if panel.log else shown
    low, high = shown.min(), shown.max()
    if panel.noisy:
        inner = np.percentile(shown, [1, 99])
        if high - low > 1.5 * (inner[1] - inner[0]) > 0:
            low, high = inner
    pad = 0.06 * (high - low) or 0.06 * abs(low) or 1
    low, high = low - pad, high + pad
    if panel.log:
        axes.set_yscale("log")
        axes.set_ylim(10**low, 10**high)
        subs = (1, 2, 5) if high - low < 2.2 else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=9))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(low, high)
        axes.yaxis.get_major_locator().set_params(nbins=6, steps=[1, 2, 5, 10])
    nans = int(np.isnan(values).sum())
    beyond = len(values) - nans - int(((shown >= low) & (shown <= high)).sum())
    counts = {"values beyond the axis": beyond, "not a number": nans}
    return ", ".join(f"{what}: {number:,}" for what, number in counts.items() if number)


def _legend(owner, names, **options):
    """A legend for names of any kind: matplotlib 3.9 leaves out what begins with _."""
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], **_look(place)) for place in range(len(names))]
    legend = owner.legend(lines, [" "] * len(lines), **options)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set_text(name)


def _caption(runs, span):
    text = f"Run {next(iter(runs))}. " if len(runs) == 1 else ""
    if span:
        text += f"Strong lines: running median over {span:,.0f} generator steps; "
        text += "pale lines: each value written, of one batch."
    return textwrap.fill(text, 108)


def running_median(steps: np.ndarray, values: np.ndarray, span: float) -> np.ndarray:
    """Smooth a curve; the few values after bursts of critic updates do not move the median.

    Args:
        steps: ``(N,)``, growing.
        values: ``(N,)``, finite or nan.
        span: Width of the window in steps, half of it on each side.

    Returns:
        ``(N,)``: the median of what is finite in the window, nan where the value is.

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
