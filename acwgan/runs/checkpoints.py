"""The checkpoint folders of a run: where each one stands, whether it is whole, which is used.

Each checkpoint is a folder ``checkpoints/step-00001200``; the one whose samples the judge found
the best is kept apart in ``best/``. One that was saved in the middle of a burst also names the
critic updates made since, ``step-00001200+00040``. It is written under another name and renamed,
so a folder with this name was whole once; its checksums tell whether it still is.
"""

import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from acwgan import __version__
from acwgan.errors import UserError, UserNotice
from acwgan.files.checksums import damage
from acwgan.files.untrusted import parse_json_object, read_text

_NAME = re.compile(r"step-(\d{8,})(?:\+(\d{5,}))?")
#: Under which a checkpoint is written, and removed: half a folder is never taken for a whole one.
PARTIAL, OLD = "partial-", "old-"


class CheckpointError(UserError):
    """A checkpoint is missing, damaged or does not fit; the message names it."""


class Position(NamedTuple):
    """Where a run stands."""

    generator_step: int  # generator updates made
    done: int  # critic updates made towards the next generator update
    critic_steps: int  # critic updates made in all
    logs: dict[str, int]  # log file in the run folder -> its length in bytes
    best: float | None = None  # the lowest Fréchet distance so far
    rates: float = 1.0  # factor on both learning rates; below 1 after numbers went bad
    version: str = __version__  # of the package that wrote it

    @property
    def name(self) -> str:
        """Of the folder."""
        within_burst = f"+{self.done:05d}" if self.done else ""
        return f"step-{self.generator_step:08d}{within_burst}"


def checkpoints(folder: Path) -> list[Path]:
    """The checkpoints in ``checkpoints`` or ``best`` of a run folder, oldest first."""

    def order(path):
        step, done = _NAME.fullmatch(path.name).groups()
        return int(step), int(done or 0)

    return sorted((p for p in folder.glob("step-*") if _NAME.fullmatch(p.name)), key=order)


def latest(run_dir: Path) -> Path | None:
    """The newest checkpoint of a run, or None."""
    return next(reversed(checkpoints(Path(run_dir) / "checkpoints")), None)


def best(run_dir: Path) -> Path | None:
    """The checkpoint whose samples the judge found the best; the newest if none was judged."""
    return next(reversed(checkpoints(Path(run_dir) / "best")), None) or latest(run_dir)


def position(path: Path) -> Position:
    """Where the run stood at a checkpoint.

    Args:
        path: A checkpoint folder.

    Returns:
        The position.

    Raises:
        CheckpointError: If it cannot be read.
    """
    try:
        found = Position(**parse_json_object(read_text(path / "position.json")))
        counts = [*found[:3], *found.logs.values()]
        if not all(type(count) is int and 0 <= count < 2**63 for count in counts):
            raise ValueError("a count is no whole number of at least 0")
        if not all(type(n) in (int, float) for n in (found.best or 0, found.rates)):
            raise ValueError("best or rates is no number")
        return found
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: has no readable position.json ({error}).") from error


def check_whole(path: Path) -> None:
    """Refuse a checkpoint that is not as it was written.

    Args:
        path: A checkpoint folder.

    Raises:
        CheckpointError: With the file that is missing or differs from its checksum.
    """
    fault = damage(path)
    if fault:
        raise CheckpointError(f"{path}: is damaged ({fault}).")


def set_aside(path: Path, prefix: str) -> Path:
    """Rename a checkpoint, so that it is none any more.

    Args:
        path: A checkpoint folder.
        prefix: Of its new name.

    Returns:
        Where it is now.
    """
    aside = path.with_name(prefix + path.name)
    shutil.rmtree(aside, ignore_errors=True)
    return path.rename(aside)


def from_newest(run_dir: Path, restore: Callable[[Path], Any]) -> Position | None:
    """Restore the newest checkpoint that can be used, and clear away what cannot.

    What is damaged or does not fit is renamed to ``broken-…`` once an older one was restored: what
    is saved later takes its place and never counts it among the newest.

    Args:
        run_dir: The run folder.
        restore: Checkpoint folder -> anything; raises a ``CheckpointError`` if it does not fit.

    Returns:
        Where the run stood; None if it has no checkpoint yet.

    Raises:
        CheckpointError: If it has some, and none can be used.
    """
    folders = Path(run_dir) / "checkpoints", Path(run_dir) / "best"
    for left_over in (
        path for f in folders for name in (PARTIAL, OLD) for path in f.glob(f"{name}*")
    ):
        shutil.rmtree(left_over)  # By a process that was killed.
    paths = checkpoints(folders[0])[::-1]
    if not paths:
        return None
    path, _ = _first_that_works(paths, restore, run_dir)
    for broken in paths[: paths.index(path)]:
        set_aside(broken, "broken-")
    start = position(path)
    for judged in checkpoints(folders[1]):
        fault = damage(judged)
        if fault:
            set_aside(judged, "broken-")
            _notice(f"{judged}: is damaged ({fault}); the best is chosen from what comes now.")
            start = start._replace(best=None)
    if start.version != __version__:
        what = f"is of acwgan {start.version}, this is {__version__}"
        _notice(f"{path}: {what}; the run goes on, but perhaps not to the same bit.")
    return start._replace(version=__version__)


def from_best(run_dir: Path, use: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Use the best checkpoint of a run, or else the newest that can be used.

    Args:
        run_dir: The run folder.
        use: Checkpoint folder -> what is wanted of it, as ``restore_generator``.

    Returns:
        The folder that was used, and what ``use`` made of it.

    Raises:
        CheckpointError: If there is none yet, or none can be used.
    """
    run_dir = Path(run_dir)
    paths = [*checkpoints(run_dir / "best")[::-1], *checkpoints(run_dir / "checkpoints")[::-1]]
    return _first_that_works(paths, use, run_dir)


def _first_that_works(paths, use, run_dir):
    """The first path that ``use`` takes, and what it makes of it; a notice of each before it."""
    faults = []
    for path in paths:
        try:
            result = use(path)
        except CheckpointError as error:
            faults.append(str(error))
            continue
        for fault in faults:
            _notice(f"{fault} {path} is used instead.")
        return path, result
    if faults:
        raise CheckpointError(f"{run_dir}: no checkpoint can be used. {' '.join(faults)}")
    raise CheckpointError(f"{run_dir}: has no checkpoint yet; wait for the first or --resume.")


def _notice(text):
    warnings.warn(UserNotice(text), stacklevel=3)
