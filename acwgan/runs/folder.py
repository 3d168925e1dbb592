"""The run folder: which files it has, and who may write into it."""

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

#: Everything that training writes; nothing else is ever removed. The config, without which it is
#: no run folder, comes last: a removal that was interrupted can be made again.
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
#: All that a run has written that was killed before it had a config.
_BEFORE_CONFIG = {LOCK, "data.json", ".partial-data.json", ".partial-config.json"}


class RunFolderError(UserError):
    """The run folder cannot be used as asked; the message says what to do."""


class DataSpec(NamedTuple):
    """What a run learns to draw: all that its networks must know of the data."""

    image_shape: tuple[int, int, int]  # (H, W, C)
    class_names: tuple[str, ...]  # in the order of the labels
    images: int  # that it trains on

    def num_classes(self, conditional: bool) -> int | None:
        """K; None for networks without classes."""
        return len(self.class_names) if conditional else None


def read_config(run_dir: str | Path) -> Config:
    """The config of a run.

    Args:
        run_dir: The run folder.

    Returns:
        Its config.

    Raises:
        RunFolderError: If there is none, or it is not of this version.
    """
    path = Path(run_dir) / "config.json"
    try:
        return Config.from_json(read_text(path))
    except OSError as error:
        reason = "is not a run folder (no readable config.json)"
        raise RunFolderError(f"{run_dir}: {reason}.") from error
    except ValueError as error:
        helps = "use the version that wrote it, or set the fields in the file as they were then"
        raise RunFolderError(
            f"{path}: is not of this version, acwgan {__version__} ({error}); {helps}."
        ) from error


def read_data_spec(run_dir: str | Path) -> DataSpec:
    """What the networks of a run must know of its data.

    Args:
        run_dir: The run folder.

    Returns:
        Its data_spec.

    Raises:
        RunFolderError: If it cannot be read.
    """
    path = Path(run_dir) / "data.json"
    try:
        data_spec = DataSpec(**parse_json_object(read_text(path)))
        height, width, channels = data_spec.image_shape
        names = checked_names(data_spec.class_names, len(data_spec.class_names), path)
        sizes = (height, width, channels, data_spec.images)
        for size, most in zip(sizes, (4096, 4096, 3, 2**31), strict=True):
            if type(size) is not int or not 0 < size <= most:
                raise ValueError(f"the size {str(size)[:40]} is not from 1 to {most}")
        return DataSpec((height, width, channels), names, data_spec.images)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RunFolderError(f"{path}: cannot be read ({error}).") from error


def check(
    run_dir: str | Path,
    config: Config,
    data_spec: DataSpec | None = None,
    *,
    resume: bool,
    overwrite: bool,
) -> None:
    """Whether a run may write into the folder. Changes nothing.

    Args:
        run_dir: The run folder.
        config: Of the run. With ``resume`` only its length may differ from the saved one, and
            that only where the step sizes do not follow it.
        data_spec: Of its data, if it is known yet; with ``resume`` the same as the saved one.
        resume: Go on with the run that is there.
        overwrite: Remove the run that is there.

    Raises:
        RunFolderError: If the folder is in use and neither flag is given, is not a run folder,
            or holds a run of another config or other data.
    """
    run_dir = Path(run_dir)
    if resume and overwrite:
        raise RunFolderError("--resume and --overwrite exclude each other; give one of them.")
    if run_dir.exists() and not run_dir.is_dir():
        raise RunFolderError(f"{run_dir}: is a file; choose another --run-dir.")
    # In a folder of somebody else's, a link would let the run write elsewhere.
    for path in [path for name in _CONTENTS for path in run_dir.glob(name)]:
        if path.is_symlink():
            raise RunFolderError(f"{path}: is a link; a run is written into its own folder alone.")
    if resume:
        _check_same(run_dir, read_config(run_dir), config)
        if data_spec and (saved := read_data_spec(run_dir)) != data_spec:
            raise RunFolderError(
                f"{run_dir}: cannot go on with other data: {data_spec}, not {saved}."
            )
    elif run_dir.exists() and {path.name for path in run_dir.iterdir()} - _BEFORE_CONFIG:
        read_config(run_dir)  # Never remove what is not a run.
        if not overwrite:
            raise RunFolderError(
                f"{run_dir}: holds a run; go on with --resume, begin again with --overwrite, "
                "or choose another --run-dir."
            )


def prepare(
    run_dir: str | Path, config: Config, data_spec: DataSpec, *, resume: bool, overwrite: bool
) -> Path:
    """``check``, remove the old run if asked to, and write ``config.json`` and ``data.json``.

    Args:
        run_dir: The run folder; made if it is not there.
        config: See ``check``.
        data_spec: See ``check``.
        resume: See ``check``.
        overwrite: See ``check``.

    Returns:
        The run folder.

    Raises:
        RunFolderError: As ``check``.
    """
    check(run_dir, config, data_spec, resume=resume, overwrite=overwrite)
    run_dir = Path(run_dir)
    if overwrite:
        for path in [path for name in _CONTENTS for path in run_dir.glob(name)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, text in [
        ("data.json", json.dumps(data_spec._asdict(), indent=2, ensure_ascii=False) + "\n"),
        ("config.json", config.to_json()),
    ]:
        with whole_file(run_dir / name) as partial:
            partial.write_text(text)
    return run_dir


def _check_same(run_dir: Path, saved: Config, config: Config) -> None:
    precision = saved.precision if config.precision == "auto" else config.precision
    config = replace(config, precision=precision)
    if not saved.decay or config.epochs is not None:
        # Epochs: ``train`` makes them steps, and checks again.
        saved = replace(saved, steps=config.steps, epochs=config.epochs)
    differing = differing_fields(saved, config)
    if differing:
        details = ", ".join(
            f"{name} {getattr(config, name)} (the run: {getattr(saved, name)})"
            for name in differing
        )
        raise RunFolderError(
            f"{run_dir}: cannot go on with other settings than the run's: {details}."
        )


def named_runs(runs: Sequence[str | Path]) -> dict[str, Path]:
    """Run folders by their names, with as many parents as tell them apart.

    Args:
        runs: Their paths.

    Returns:
        Name -> path, in their order.

    Raises:
        UserError: If one is given twice.

    Example:
        >>> list(named_runs(["a/run", "b/run"]))
        ['a/run', 'b/run']
    """
    # Not resolve(): a link is called what the user calls it.
    parts = [Path(os.path.abspath(run)).parts for run in runs]
    named = {}
    for run, own in zip(runs, parts, strict=True):
        if parts.count(own) > 1:
            raise UserError(f"{run}: is given twice")
        depth = next(n for n in count(1) if [p[-n:] for p in parts].count(own[-n:]) == 1)
        named["/".join(own[-depth:])] = Path(run)
    return named
