"""The run folder: what its files say of the run."""

import contextlib
import os
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from acwgan import __version__
from acwgan.config import Config
from acwgan.datasets.dataset import checked_names
from acwgan.errors import UserError
from acwgan.files.untrusted import parse_json_object, read_text


class RunFolderError(UserError):
    """The run folder cannot be used as asked; the message says what to do."""


class DataSpec(NamedTuple):
    """What a run depends on in files from elsewhere, which may be moved; ``data.json``."""

    image_shape: tuple[int, int, int]  # (H, W, C)
    class_names: tuple[str, ...]  # in the order of the labels
    images: int  # number of training images
    digest: str | None = None  # checksum of the images and labels; None in a run of acwgan 0.1
    judge: str | None = None  # checksum of the file in ``config.judge``; None without one

    def num_classes(self, conditional: bool) -> int | None:
        """K; None for networks without classes."""
        return len(self.class_names) if conditional else None


def cache_beside(run_dir: str | Path) -> Path:
    """Where a run prepares a large folder of pictures, unless another place is given.

    Args:
        run_dir: The run folder.

    Returns:
        The folder ``prepared`` beside it, which all runs there share.
    """
    return Path(run_dir).parent / "prepared"


def read_config(run_dir: str | Path) -> Config:
    """The config of a run.

    Args:
        run_dir: The run folder.

    Returns:
        The config.

    Raises:
        RunFolderError: If ``config.json`` is missing or was written by another version.
    """
    path = Path(run_dir, "config.json")
    try:
        return Config.from_json(read_text(path))
    except OSError as error:
        reason = "is not a run folder (no readable config.json)"
        raise RunFolderError(f"{run_dir}: {reason}.") from error
    except ValueError as error:
        helps = (
            "use the version that wrote it, or give these fields in the file the values that "
            "version used"
        )
        raise RunFolderError(
            f"{path}: is not of this version, acwgan {__version__} ({error}); {helps}."
        ) from error


def read_data_spec(run_dir: str | Path) -> DataSpec:
    """The data spec of a run.

    Args:
        run_dir: The run folder.

    Returns:
        The data spec.

    Raises:
        RunFolderError: If ``data.json`` cannot be read.
    """
    path = Path(run_dir, "data.json")
    try:
        data_spec = DataSpec(**parse_json_object(read_text(path)))
        height, width, channels = data_spec.image_shape
        names = checked_names(data_spec.class_names, len(data_spec.class_names), path)
        sizes = (height, width, channels, data_spec.images)
        for size, most in zip(sizes, (4096, 4096, 3, 2**31), strict=True):
            if type(size) is not int or not 0 < size <= most:
                raise ValueError(f"a size must be from 1 to {most}, got {str(size)[:40]}")
        for digest in (data_spec.digest, data_spec.judge):
            if digest is not None and not re.fullmatch("[0-9a-f]{64}", digest):
                raise ValueError("a checksum must be 64 hexadecimal digits")
        return data_spec._replace(image_shape=(height, width, channels), class_names=names)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(f"{path}: cannot be read ({error}).") from error


class RunFacts(NamedTuple):
    """What is known of the run that a file comes from; each is None if it cannot be read."""

    config: Config | None
    data_spec: DataSpec | None


def run_of(path: str | Path | None) -> RunFacts:
    """The run that a path belongs to.

    Args:
        path: A run folder, or a file that may lie in one. None for a file of the package.

    Returns:
        What is known of the run; nothing if the path is not in a readable run folder.
    """
    config = data_spec = None
    if path is not None:
        run_dir = Path(path) if Path(path).is_dir() else Path(path).parent
        with contextlib.suppress(RunFolderError):
            config = read_config(run_dir)
        with contextlib.suppress(RunFolderError):
            data_spec = read_data_spec(run_dir)
    return RunFacts(config, data_spec)


def named_runs(runs: Sequence[str | Path]) -> dict[str, Path]:
    """Short names for run folders: the last part of each path, with parents where names repeat.

    Args:
        runs: Paths of run folders.

    Returns:
        Name -> path, in the given order.

    Raises:
        UserError: If a folder appears twice.

    Example:
        >>> list(named_runs(["a/run", "b/run"]))
        ['a/run', 'b/run']
    """
    # Not resolve(): a link keeps the name that the user gave it.
    parts = [Path(os.path.abspath(run)).parts for run in runs]
    named = {}
    for run, own in zip(runs, parts, strict=True):
        if parts.count(own) > 1:
            raise UserError(f"{run}: appears twice")
        depth = next(n for n in count(1) if [p[-n:] for p in parts].count(own[-n:]) == 1)
        named["/".join(own[-depth:])] = Path(run)
    return named
