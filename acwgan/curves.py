"""The tables of a run, ``metrics.csv`` and ``quality.csv``, as curves."""

import math
from array import array
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files import read_text

#: Bytes of a table: a million rows of twenty numbers.
_MOST = 256 << 20


def read_csv(path: str | Path) -> dict[str, np.ndarray]:
    """Read ``metrics.csv`` or ``quality.csv``, also while the run writes it.

    Args:
        path: Of the file. A last line without its end is still being written and left out.

    Returns:
        Column -> ``(rows,)`` float64, finite or nan; ``generator_step`` grows. Without a header
        yet, no column.

    Raises:
        UserError: With file and line, if it is not such a table.
    """
    try:
        lines = read_text(path, _MOST).split("\n")[:-1]
    except ValueError as error:
        raise UserError(f"{path}: is no table of a run (no text in UTF-8)") from error
    if not lines:
        return {}
    header = lines[0].split(",")
    if header[0] != "generator_step" or len(set(header)) < len(header):
        fault = f"{lines[0][:60]!r} is no header of a run's table (generator_step, other names)"
        raise UserError(f"{path}, line 1: {fault}")
    numbers, before = array("d"), -math.inf  # A list would take four times the memory.
    for number, line in enumerate(lines[1:], 2):
        row = _numbers(line.split(","), f"{path}, line {number}")
        if len(row) != len(header):
            raise UserError(f"{path}, line {number}: {len(row)} columns, not {len(header)}")
        if not row[0] > before:
            raise UserError(f"{path}, line {number}: generator_step {row[0]:g} does not grow")
        numbers.extend(row)
        before = row[0]
    return dict(zip(header, np.array(numbers).reshape(-1, len(header)).T, strict=True))


def _numbers(words, where):
    values = []
    for word in words:
        try:
            values.append(float(word))
        except ValueError:
            values.append(math.inf)
        if math.isinf(values[-1]):
            raise UserError(f"{where}: {word[:60]!r} is neither a finite number nor nan")
    return values


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
