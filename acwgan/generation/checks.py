"""Checks of the arguments of this folder's functions: what is no seed, label or latent."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from acwgan.errors import ParameterError, Range

#: The seed of random numbers that NumPy draws.
_SEED = Range(whole=True, at_least=0)
_COUNT = Range(whole=True, at_least=1)


def check_seed(seed: Any) -> int:
    """A seed, as an int.

    Raises:
        ParameterError: If it is not a whole number, 0 or more.
    """
    return int(_checked("seed", seed, _SEED))


def check_count(name: str, count: Any) -> int:
    """A number of things, as an int.

    Raises:
        ParameterError: If it is not a whole number, 1 or more.
    """
    return int(_checked(name, count, _COUNT))


def check_share(name: str, share: Any, allowed: Range) -> float:
    """A number in a range, as a float.

    Raises:
        ParameterError: If it is not in the range.
    """
    return float(_checked(name, share, allowed))


def _checked(name: str, value: Any, allowed: Range) -> Any:
    # A number of NumPy is as good as Python's.
    plain = value.item() if isinstance(value, np.generic) else value
    allowed.check(name, plain)
    return plain


def check_labels(labels: Any, num_classes: int | None = None) -> np.ndarray:
    """Labels, as ``(N,)`` int32.

    Args:
        labels: ``(N,)`` whole numbers from 0 to K-1, of any dtype but bool.
        num_classes: K, or 0 for a model without classes, whose labels are 0. None for any K.

    Raises:
        ParameterError: If they are other numbers, or something else.
    """
    array = np.asarray(labels)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iuf":
        what = f"{array.shape} {array.dtype}"
        raise ParameterError({"labels": f"must be (N,) whole numbers, N at least 1, got {what}"})
    most = np.iinfo(np.int32).max if num_classes is None else max(num_classes - 1, 0)
    wrong = array[~((array >= 0) & (array <= most) & (array == np.floor(array)))]
    if len(wrong):
        allowed = "from 0" if num_classes is None else f"from 0 to {most}"
        raise ParameterError({"labels": f"must be whole numbers {allowed}, got {wrong[0]}"})
    return array.astype(np.int32)


def check_rows(name: str, rows: Any, shape: Sequence[int | None]) -> np.ndarray:
    """Rows of finite numbers, as float32.

    Args:
        name: Name of the parameter.
        rows: Numbers.
        shape: The shape that they must have; None for any length.

    Raises:
        ParameterError: If they have another shape, or are not finite numbers.
    """
    array = np.asarray(rows)
    same = len(array.shape) == len(shape) and all(
        wanted in (None, side) for wanted, side in zip(shape, array.shape, strict=True)
    )
    if not same or not all(array.shape[:1]) or array.dtype.kind not in "biuf":
        sides = ", ".join("N" if side is None else str(side) for side in shape)
        what = f"({sides}) finite numbers, got {array.shape} {array.dtype}"
        raise ParameterError({name: f"must be {what}"})
    if not np.isfinite(array).all():
        raise ParameterError({name: "must be finite numbers, got NaN or infinity"})
    return array.astype(np.float32, copy=False)
