"""Errors of converters, which write pages, as one line."""

import contextlib
from collections.abc import Iterator

from acwgan.errors import UserError, reason_of


@contextlib.contextmanager
def converting(name: str, others: str) -> Iterator[None]:
    """Say in one line why a network cannot be converted.

    Args:
        name: The format.
        others: Formats that take more networks.

    Raises:
        UserError: If the block raises anything; converters have errors of their own.

    Example:
        >>> with converting("ONNX", others="keras"):
        ...     raise RuntimeError("No Op registered for FFT2D")
        Traceback (most recent call last):
        acwgan.errors.UserError: the network cannot be converted to ONNX: No Op registered for \
FFT2D; keras takes it
    """
    try:
        yield
    except Exception as error:
        verb = "take" if " and " in others else "takes"
        fault = f"the network cannot be converted to {name}: {_reason(error)}"
        raise UserError(f"{fault}; {others} {verb} it") from error


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines()]
    # Of LiteRT's converter, after a page of other things.
    missing = [line for line in lines if line.startswith(("TF Select ops:", "Custom ops:"))]
    if missing:
        return f"it needs operations that the plain runtime lacks, {', '.join(missing)}"
    return reason_of(error)[:200]
