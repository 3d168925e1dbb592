"""The run folder: its files, and whether a run may write into it."""

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import NamedTuple

from acwgan import __version__
from acwgan.config import Config, differing_fields
from acwgan.datasets.dataset import checked_names
from acwgan.errors import UserError
from acwgan.files.atomic import whole_file
from acwgan.files.untrusted import parse_json_object, read_text
from acwgan.runs.lock import LOCK

#: Everything that training writes; nothing else is ever removed. ``config.json``, which marks a
#: run folder, comes last: an interrupted removal can be repeated.
_CONTENTS = (
    "data.json",
    "checkpoints",
    "best",
    "samples",
    "metrics.csv",
    "quality.csv",
    "generator.keras",
    "generator.tflite",
    "critic.tflite",
    "events.out.tfevents.*",
    "projector_config.pbtxt",
    "class_embedding.tsv",
    "class_names.tsv",
    "config.json",
)
#: What is in the folder of a run that was killed before its ``config.json`` was written.
_BEFORE_CONFIG = {LOCK, "data.json", ".partial-data.json", ".partial-config.json"}


class RunFolderError(UserError):
    """The run folder cannot be used as asked; the message says what to do."""


class DataSpec(NamedTuple):
    """What the networks of a run depend on in its training data; ``data.json``."""

    image_shape: tuple[int, int, int]  # (H, W, C)
    class_names: tuple[str, ...]  # in the order of the labels
    images: int  # number of training images

    def num_classes(self, conditional: bool) -> int | None:
        """K; None for networks without classes."""
        return len(self.class_names) if conditional else None


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
        return DataSpec((height, width, channels), names, data_spec.images)
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


def check(
    run_dir: str | Path,
    config: Config,
    data_spec: DataSpec | None = None,
    *,
    resume: bool,
    overwrite: bool,
) -> None:
    """Refuse a folder that a run may not write into. Changes nothing.

    Args:
        run_dir: The run folder.
        config: Config of the run. With ``resume`` only ``steps`` or ``epochs`` may differ from
            the saved config, and only if the learning rates do not decay over the run.
        data_spec: Data spec of the run, if it is known yet; with ``resume`` it must be the same
            as the saved one.
        resume: Whether the run in the folder is resumed.
        overwrite: Whether the run in the folder is to be removed.

    Raises:
        RunFolderError: If the folder holds a run and neither ``resume`` nor ``overwrite`` is set,
            holds other files, or holds a run with another config or other data.
    """
    run_dir = Path(run_dir)
    if resume and overwrite:
        raise RunFolderError("`resume=True` and `overwrite=True` exclude each other; pass one.")
    if run_dir.exists() and not run_dir.is_dir():
        raise RunFolderError(f"{run_dir}: is a file; choose another `run_dir`.")
    # In an untrusted run folder, a link could let the run write elsewhere.
    for path in _contents(run_dir):
        if path.is_symlink():
            raise RunFolderError(f"{path}: is a link; a run writes into its own folder only.")
    if resume:
        _check_same(run_dir, read_config(run_dir), config)
        if data_spec and (saved := read_data_spec(run_dir)) != data_spec:
            raise RunFolderError(
                f"{run_dir}: cannot be resumed with other data: {data_spec}, not {saved}."
            )
    elif run_dir.exists() and {path.name for path in run_dir.iterdir()} - _BEFORE_CONFIG:
        read_config(run_dir)  # Never remove anything but a run.
        if not overwrite:
            raise _holds_a_run(run_dir)


def prepare(
    run_dir: str | Path, config: Config, data_spec: DataSpec, *, resume: bool, overwrite: bool
) -> None:
    """Write ``config.json`` and ``data.json``, after ``check`` and under the lock of the folder.

    Args:
        run_dir: The run folder; created if it does not exist.
        config: Config of the run.
        data_spec: Data spec of the run.
        resume: See ``check``.
        overwrite: See ``check``; the old run is removed first.

    Raises:
        RunFolderError: If another process has begun a run in the folder since ``check``.
    """
    run_dir = Path(run_dir)
    if overwrite:
        for path in _contents(run_dir):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    if not resume and (run_dir / "config.json").exists():
        raise _holds_a_run(run_dir)
    for name, text in [
        ("data.json", json.dumps(data_spec._asdict(), indent=2, ensure_ascii=False) + "\n"),
        ("config.json", config.to_json()),
    ]:
        with whole_file(run_dir / name) as partial:
            partial.write_text(text)


def _contents(run_dir: Path) -> list[Path]:
    return [path for name in _CONTENTS for path in run_dir.glob(name)]


def _holds_a_run(run_dir: Path) -> RunFolderError:
    return RunFolderError(
        f"{run_dir}: holds a run; go on with `resume=True`, begin again with `overwrite=True`, "
        "or choose another `run_dir`."
    )


def with_its_networks(run_dir: str | Path, config: Config) -> Config:
    """The config of a run that is resumed: its networks are of the version that it began with.

    Args:
        run_dir: The run folder.
        config: The config that the run is resumed with.

    Raises:
        RunFolderError: If the folder holds no readable run.
    """
    return _with_networks_of(read_config(run_dir), config)


def _with_networks_of(saved: Config, config: Config) -> Config:
    # Older networks than those of the run can only have been asked for, and are refused.
    version = min(config.networks_version, saved.networks_version)
    return replace(config, networks_version=version)


def _check_same(run_dir: Path, saved: Config, config: Config) -> None:
    precision = saved.precision if config.precision == "auto" else config.precision
    config = replace(_with_networks_of(saved, config), precision=precision)
    if not saved.decay or config.epochs is not None:
        # ``train`` turns epochs into steps, and checks again.
        saved = replace(saved, steps=config.steps, epochs=config.epochs)
    differing = differing_fields(saved, config)
    if differing:
        details = ", ".join(
            f"{name} {getattr(config, name)} (the run: {getattr(saved, name)})"
            for name in differing
        )
        raise RunFolderError(
            f"{run_dir}: cannot be resumed with other settings than those of the run: {details}."
        )


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
