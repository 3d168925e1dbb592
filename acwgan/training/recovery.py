"""How a training continues after an error, or how its message says to continue."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import tensorflow as tf

from acwgan.errors import UserNotice, reason_of
from acwgan.messages import command
from acwgan.runs import checkpoints
from acwgan.runs.folder import RunFolderError
from acwgan.training.callback_list import CallbackError
from acwgan.training.health import BadNumbersError

if TYPE_CHECKING:
    from acwgan.devices.distribution import Distribution
    from acwgan.runs.lock import Lock

#: Smallest factor on the learning rates with which a run goes back to a checkpoint.
_LEAST_RATES = 2**-10


def halved_rates(
    run_dir: Path, error: BadNumbersError, rates: float, distribution: Distribution, allowed: bool
) -> float:
    """The learning rates with which a run goes back to its newest checkpoint.

    Args:
        run_dir: The run folder.
        error: What went wrong.
        rates: Factor on the learning rates with which it went wrong.
        distribution: The devices; its workers go back together.
        allowed: Whether to go back at all.

    Returns:
        Half the factor.

    Raises:
        BadNumbersError: If the run cannot go back; it says how to continue.
    """
    distribution.wait_unless_lost()
    newest = checkpoints.latest(run_dir)
    if not allowed or newest is None or rates / 2 < _LEAST_RATES:
        raise BadNumbersError(_with_advice(run_dir, error, halve_rates=True)) from error
    if distribution.chief:
        checkpoints.remove_abandoned_best(run_dir, newest)
    how = f"going back to {newest.name} with {rates / 2:g} times the learning rates"
    warnings.warn(UserNotice(f"{error}; {how}."), stacklevel=2)
    return rates / 2


@contextlib.contextmanager
def translated_errors(run_dir: Path, distribution: Distribution, lock: Lock) -> Iterator[None]:
    """Turn errors of the file system into one line that says how to continue.

    Exceptions of a user's callback are raised as they are.

    Args:
        run_dir: The run folder.
        distribution: The devices; if another worker is gone, its error is raised as it is.
        lock: The lock of the run folder.

    Raises:
        RunFolderError: If the run folder cannot be written to.
        LockError: If the run folder is gone.
    """
    try:
        yield
    except CallbackError as carrier:
        error = carrier.__cause__ or carrier
        raise error from error.__cause__
    except (OSError, tf.errors.OpError) as error:
        if distribution.is_lost_worker(error):
            raise
        lock.check()  # First: if the folder is gone, that is the reason.
        raise RunFolderError(_with_advice(run_dir, _reason(error))) from error


def _with_advice(run_dir: Path, fault: object, **options: bool) -> str:
    """A fault, and the command that continues from what is saved."""
    newest = checkpoints.latest(run_dir)
    if newest is None:
        return f"{run_dir}: {fault}; there is no checkpoint yet, begin again with `overwrite=True`."
    resume = command("train", resume=True, run_dir=run_dir, **options)
    return f"{run_dir}: {fault}; the last good checkpoint is {newest.name}, go on with: {resume}"


def _reason(error: Exception) -> str:
    """What could not be written, in a few words."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'} cannot be written ({error.strerror})"
    return reason_of(error)
