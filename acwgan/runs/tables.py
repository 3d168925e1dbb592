"""The tables of a run, ``metrics.csv`` and ``quality.csv``, as arrays."""

import csv
import math
from array import array
from pathlib import Path

import numpy as np

from acwgan.errors import UserError
from acwgan.files.untrusted import read_text

#: Upper bound on the bytes of a table: a million rows of twenty numbers.
_MOST = 256 << 20


def read_csv(path: str | Path) -> dict[str, np.ndarray]:
    """Read ``metrics.csv`` or ``quality.csv``, also while the run writes it.

    Args:
        path: Path of the table. A last line without a line end is still being written, and left
            out.

    Returns:
        Column -> ``(rows,)`` float64, finite or nan; ``generator_step`` increases. Empty if the
        header is not written yet.

    Raises:
        UserError: If the file is not such a table; the message names the line.
    """
    try:
        lines = read_text(path, _MOST).split("\n")[:-1]
    except ValueError as error:
        raise UserError(f"{path}: is not a table of a run (not UTF-8 text)") from error
    if not lines:
        return {}
    try:  # Names of classes may have commas.
        header = next(csv.reader(lines[:1]), [""])
    except csv.Error:
        header = [""]
    if header[0] != "generator_step" or len(set(header)) < len(header):
        fault = f"{lines[0][:60]!r} is not a header, generator_step followed by other names"
        raise UserError(f"{path}, line 1: {fault}")
    numbers, before = array("d"), -math.inf  # A list would take four times the memory.
    for number, line in enumerate(lines[1:], 2):
        row = _numbers(line.split(","), f"{path}, line {number}")
        if len(row) != len(header):
            raise UserError(f"{path}, line {number}: {len(row)} columns instead of {len(header)}")
        if not row[0] > before:
            raise UserError(f"{path}, line {number}: generator_step {row[0]:g} does not increase")
        numbers.extend(row)
        before = row[0]
    return dict(zip(header, np.array(numbers).reshape(-1, len(header)).T, strict=True))


def _numbers(words: list[str], where: str) -> list[float]:
    values = []
    for word in words:
        try:
            values.append(float(word))
        except ValueError:
            values.append(math.inf)
        if math.isinf(values[-1]):
            raise UserError(f"{where}: {word[:60]!r} is neither a finite number nor nan")
    return values
