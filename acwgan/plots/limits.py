"""Limits of an axis that a few outliers do not spoil."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def can_be_drawn(values: np.ndarray, log: bool) -> np.ndarray:
    """Which values have a place on a linear or logarithmic axis.

    Returns:
        ``(N,)`` bool.

    Example:
        >>> can_be_drawn(np.array([2.0, 0.0, np.nan]), log=True).tolist()
        [True, False, False]
    """
    return np.isfinite(values) & (not log or values > 0)


def set_limits(axes: Axes, values: np.ndarray, log: bool, noisy: bool) -> str:
    """Set the limits and ticks of the y axis.

    Args:
        axes: The axes.
        values: ``(N,)``, all values on them; at least one can be drawn.
        log: Whether the axis is logarithmic.
        noisy: Whether outliers, such as the huge values of the first bursts of critic updates, may
            lie beyond the limits.

    Returns:
        A note that counts the values which are not shown; empty if all are shown.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    drawn = values[can_be_drawn(values, log)]
    drawn = np.log10(drawn) if log else drawn
    low, high = drawn.min(), drawn.max()
    if noisy:
        inner = np.percentile(drawn, [1, 99])
        if high - low > 1.5 * (inner[1] - inner[0]) > 0:
            low, high = inner
    pad = 0.06 * (high - low) or 0.06 * abs(low) or 1
    low, high = low - pad, high + pad
    if log:
        axes.set_yscale("log")
        axes.set_ylim(10**low, 10**high)
        subs = (1, 2, 5) if high - low < 2.2 else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=9))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(low, high)
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    nans = int(np.isnan(values).sum())
    beyond = len(values) - nans - int(((drawn >= low) & (drawn <= high)).sum())
    counts = {"values beyond the axis": beyond, "not a number": nans}
    return ", ".join(f"{what}: {number:,}" for what, number in counts.items() if number)
