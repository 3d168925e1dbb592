"""The tables of a run, ``metrics.csv`` and ``quality.csv``, as curves."""

import math
from array import array
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.untrusted import read_text

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
