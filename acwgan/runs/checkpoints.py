"""The checkpoint folders of a run: names, positions, checksums, and which one is used.

Each checkpoint is a folder ``checkpoints/step-00001200``. A checkpoint within a burst also has
the number of critic steps since the last generator step in its name, ``step-00001200+00040``. The
checkpoint whose samples the judge rates best is kept in ``best/``. A checkpoint is written under
another name and then renamed, so a folder with such a name was complete once; checksums tell
whether it still is.
"""

import contextlib
import re
import shutil
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from acwgan import __version__
from acwgan.errors import UserError, UserNotice
from acwgan.files.checksums import damage
from acwgan.files.untrusted import parse_json_object, read_text

_NAME = re.compile(r"step-(\d{8,})(?:\+(\d{5,}))?")
#: Prefixes of a checkpoint while it is written or removed, and of one that cannot be used.
PARTIAL, OLD, BROKEN = "partial-", "old-", "broken-"


class CheckpointError(UserError):
    """A checkpoint is missing, damaged or does not fit; the message names it."""


class Position(NamedTuple):
    """Where a run stands, as a checkpoint stores it in ``position.json``."""

    generator_step: int  # generator steps made
    done: int  # critic steps made since the last generator step
    critic_steps: int  # critic steps made in all
    logs: dict[str, int]  # log file in the run folder -> its length in bytes
    best: float | None = None  # lowest Fréchet distance so far
    rates: float = 1.0  # factor on both learning rates; below 1 after numbers went bad
    version: str = __version__  # of the package that wrote the checkpoint

    @property
    def name(self) -> str:
        """Name of the checkpoint folder."""
        within_burst = f"+{self.done:05d}" if self.done else ""
        return f"step-{self.generator_step:08d}{within_burst}"


def is_checkpoint(name: str) -> bool:
    """Whether this may be the name of a checkpoint folder.

    Example:
        >>> is_checkpoint("step-00016000"), is_checkpoint("partial-step-00016000")
        (True, False)
    """
    return _NAME.fullmatch(name) is not None


def checkpoints(folder: str | Path) -> list[Path]:
    """The checkpoints in a folder, oldest first.

    Args:
        folder: ``checkpoints`` or ``best`` of a run folder.
    """
    found = []
    for path in Path(folder).glob("step-*"):
        if name := _NAME.fullmatch(path.name):
            found.append((int(name[1]), int(name[2] or 0), path))
    return [path for *_, path in sorted(found)]


def all_folders(folder: str | Path) -> list[Path]:
    """The checkpoints in a folder, and those that are incomplete, half removed or broken.

    Args:
        folder: ``checkpoints`` or ``best`` of a run folder.
    """
    prefixes = ("", PARTIAL, OLD, BROKEN)
    return [
        path
        for prefix in prefixes
        for path in Path(folder).glob(f"{prefix}step-*")
        if is_checkpoint(path.name.removeprefix(prefix))
    ]


def latest(run_dir: str | Path) -> Path | None:
    """The newest checkpoint of a run, or None."""
    return next(reversed(checkpoints(Path(run_dir, "checkpoints"))), None)


def best(run_dir: str | Path) -> Path | None:
    """The checkpoint that the judge rates best; the newest if none was judged, or None."""
    return next(reversed(checkpoints(Path(run_dir, "best"))), None) or latest(run_dir)


def position(path: Path) -> Position:
    """Where the run stood at a checkpoint.

    Args:
        path: A checkpoint folder.

    Returns:
        The position.

    Raises:
        CheckpointError: If ``position.json`` cannot be read.
    """
    try:
        found = Position(**parse_json_object(read_text(path / "position.json")))
        counts = [*found[:3], *found.logs.values()]
        if not all(type(count) is int and 0 <= count < 2**63 for count in counts):
            raise ValueError("counts must be whole numbers, 0 or more")
        if not all(type(n) in (int, float) for n in (found.best or 0, found.rates)):
            raise ValueError("best and rates must be numbers")
        return found
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: has no readable position.json ({error}).") from error


def check_whole(path: Path) -> None:
    """Refuse a damaged checkpoint.

    Args:
        path: A checkpoint folder.

    Raises:
        CheckpointError: If a file is missing or differs from its checksum.
    """
    fault = damage(path)
    if fault:
        raise CheckpointError(f"{path}: is damaged ({fault}).")


def set_aside(path: Path, prefix: str) -> Path:
    """Rename a checkpoint so that it no longer counts as one.

    Args:
        path: A checkpoint folder.
        prefix: Goes before the name; a folder that has the new name already is removed.

    Returns:
        The new path.
    """
    aside = path.with_name(prefix + path.name)
    shutil.rmtree(aside, ignore_errors=True)
    return path.rename(aside)


def from_newest(run_dir: str | Path, restore: Callable[[Path], Any]) -> Position | None:
    """Restore the newest checkpoint that can be used, and clear away those that cannot.

    Once an older checkpoint is restored, newer ones that are damaged or do not fit are renamed to
    ``broken-…``, so that later checkpoints can take their names.

    Args:
        run_dir: The run folder.
        restore: Restores a checkpoint folder; raises a ``CheckpointError`` if it cannot.

    Returns:
        The position of the restored checkpoint; None if the run has no checkpoint.

    Raises:
        CheckpointError: If the run has checkpoints and none can be used.
    """
    newest, judged = Path(run_dir, "checkpoints"), Path(run_dir, "best")
    _remove_incomplete(newest, judged)
    paths = checkpoints(newest)[::-1]
    if not paths:
        return None
    path, _ = _first_usable(paths, restore, run_dir)
    for broken in paths[: paths.index(path)]:
        set_aside(broken, BROKEN)
    start = position(path)
    if start.best is not None and not checkpoints(judged):
        _notice(f"{judged}: holds no checkpoint any more; the best is chosen anew from here on.")
        start = start._replace(best=None)
    for best_path in checkpoints(judged):
        if fault := damage(best_path):
            set_aside(best_path, BROKEN)
            _notice(f"{best_path}: is damaged ({fault}); the best is chosen anew from here on.")
            start = start._replace(best=None)
    if start.version != __version__:
        versions = f"was written by acwgan {start.version}, this is {__version__}"
        _notice(f"{path}: {versions}; the resumed run may not be the same bit for bit.")
    return start._replace(version=__version__)


def remove_abandoned_best(run_dir: str | Path, newest: Path) -> None:
    """Remove a best checkpoint that comes after the one to which a run goes back.

    Args:
        run_dir: The run folder.
        newest: The checkpoint that the run continues from.
    """
    here = position(newest)
    for path in checkpoints(Path(run_dir, "best")):
        there = position(path)
        if (there.generator_step, there.done) > (here.generator_step, here.done):
            shutil.rmtree(set_aside(path, OLD))


def _remove_incomplete(*folders: Path) -> None:
    """Remove what a killed process left half written or half removed."""
    for folder in folders:
        for prefix in (PARTIAL, OLD):
            for path in folder.glob(f"{prefix}*"):
                shutil.rmtree(path)


def from_best(run_dir: str | Path, use: Callable[[Path], Any]) -> tuple[Path, Any]:
    """Use the best checkpoint of a run, or else the newest that can be used.

    A training may replace a checkpoint while it is read. Then the checkpoints are listed again.

    Args:
        run_dir: The run folder.
        use: Reads a checkpoint folder; raises a ``CheckpointError`` if it cannot.

    Returns:
        The checkpoint folder that was used, and the result of ``use``.

    Raises:
        CheckpointError: If there is no checkpoint, or none can be used.
    """
    folders = Path(run_dir, "best"), Path(run_dir, "checkpoints")
    while True:
        paths = [path for folder in folders for path in checkpoints(folder)[::-1]]
        with contextlib.suppress(_ReplacedError):
            return _first_usable(paths, partial(_undisturbed, use), run_dir)


class _ReplacedError(Exception):
    """A checkpoint was replaced while it was read."""


def _undisturbed(use: Callable[[Path], Any], path: Path) -> Any:
    """The result of ``use``, or its error, of a folder that stayed the same meanwhile."""
    before = _inode(path)
    try:
        result = use(path)
    except CheckpointError:
        if before is None or _inode(path) != before:
            raise _ReplacedError from None
        raise
    if _inode(path) != before:
        raise _ReplacedError
    return result


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _first_usable(
    paths: Sequence[Path], use: Callable[[Path], Any], run_dir: str | Path
) -> tuple[Path, Any]:
    """The first path that ``use`` accepts, and its result; a notice for each one before it."""
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
    raise CheckpointError(
        f"{run_dir}: has no checkpoint yet; wait for the first one, or train with `resume=True`."
    )


def _notice(text: str) -> None:
    warnings.warn(UserNotice(text), stacklevel=3)
