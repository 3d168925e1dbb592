"""The run folder as a training takes it: whether it may, what it removes, and what it writes."""

import fnmatch
import json
import shutil
import warnings
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from acwgan.config import LEARNING_RATES, LENGTHS, Config, differing_fields
from acwgan.datasets.options import NEUTRAL, ReadOptions
from acwgan.datasets.registry import HANDED_IN
from acwgan.errors import UserNotice
from acwgan.export.formats import CRITIC, FORMATS, is_savedmodel
from acwgan.files.atomic import is_partial, whole_file
from acwgan.files.bundled import ENCODER
from acwgan.files.untrusted import parse_json_object, read_text
from acwgan.networks.registry import HANDED_IN as HANDED_IN_NETWORKS
from acwgan.runs import checkpoints
from acwgan.runs.file_names import (
    CHECKPOINT_FOLDERS,
    LOGS,
    NETWORKS_FILE,
    PROJECTOR,
    SAMPLES,
)
from acwgan.runs.folder import DataSpec, RunFolderError, read_config, read_data_spec
from acwgan.runs.lock import LOCK
from acwgan.runs.networks import is_description
from acwgan.training.length import as_begun

_DATA, _CONFIG = "data.json", "config.json"
#: Every file that training, ``acwgan export`` and ``acwgan encoder`` write into the run folder
#: itself, as patterns.
#: ``config.json``, which marks a run folder, comes last: an interrupted removal can be repeated.
_FILES = (
    _DATA,
    NETWORKS_FILE,
    *LOGS,
    *PROJECTOR,
    *(each.file_name for each in FORMATS.values()),
    CRITIC,
    ENCODER.name,
    _CONFIG,
)
#: Fields that every version of acwgan has in ``config.json``, and other programs hardly have.
_OUR_FIELDS = {"n_critic", "clip_value", "gp_weight", "latent_dim"}


def holds_run(run_dir: str | Path) -> bool:
    """Whether there is a run to resume in a folder: ``config.json`` is written first of all."""
    return Path(run_dir, _CONFIG).exists()


def with_its_beginnings(saved: Config, config: Config) -> Config:
    """The config of a run that is resumed: length, networks and pictures are as when it began.

    Args:
        saved: The config in the run folder.
        config: The config that the run is resumed with.

    Returns:
        The config with the steps of the run in place of ``minutes``; with the networks' version of
        the run, if that is older; with ``fit="none"`` if the run has it and the default is given:
        runs of before read pictures as they are stored; and with the learning rates that runs of
        before have in their config in place of None.
    """
    if saved.networks == HANDED_IN_NETWORKS:  # They say themselves if there are classes.
        own = {"networks", "networks_version", "conditional", "latent_dim"}
        return _as_stored(saved, replace(config, **{name: getattr(saved, name) for name in own}))
    return _as_stored(saved, config)


def _as_stored(saved: Config, config: Config) -> Config:
    # Older networks than those of the run can only have been asked for, and are refused.
    version = min(config.networks_version, saved.networks_version)
    as_stored = config.fit == NEUTRAL.fit and saved.fit == "none"
    kept: dict[str, Any] = {"networks_version": version}
    kept["fit"] = saved.fit if as_stored else config.fit
    for name in LEARNING_RATES:
        if getattr(config, name) is None:
            kept[name] = getattr(saved, name)
    return as_begun(replace(config, **kept), saved)


def check(
    run_dir: str | Path,
    config: Config,
    data_spec: DataSpec | None = None,
    *,
    resume: bool,
    overwrite: bool,
    samples_dir: str | Path | None = None,
) -> None:
    """Refuse a folder that a run may not write into. Changes nothing.

    Args:
        run_dir: The run folder.
        config: Config of the run. With ``resume`` only the length may differ from the saved
            config, and the ``dataset`` and ``judge``, if the run has a checksum of them.
        data_spec: Data spec of the run, if it is known yet; with ``resume`` it must be the same
            as the saved one.
        resume: Whether the run in the folder is resumed.
        overwrite: Whether the run in the folder is to be removed.
        samples_dir: Folder for the sample pictures, if it is another one.

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
    for path in _existing(run_dir, (*CHECKPOINT_FOLDERS, SAMPLES, *_FILES)):
        if path.is_symlink():
            raise RunFolderError(f"{path}: is a link; a run writes into its own folder only.")
    if resume:
        _check_same(run_dir, config, data_spec)
        return
    _check_free(run_dir, overwrite)
    if samples_dir and not overwrite and _pictures(samples_dir):
        raise RunFolderError(
            f"{samples_dir}: holds sample pictures of another run, which would enter the video; "
            "choose another `samples_dir`, or remove them with `overwrite=True`."
        )


def _check_free(run_dir: Path, overwrite: bool) -> None:
    """Refuse a folder that holds other things than the run that is to be removed."""
    if not run_dir.exists():
        return
    for path in (run_dir / _DATA, run_dir / NETWORKS_FILE):
        if not _is_ours(path):
            fault = "is not of a run; choose another `run_dir`, or move the file away"
            raise RunFolderError(f"{path}: {fault}.")
    if not {path.name for path in run_dir.iterdir() if not _is_before_config(path.name)}:
        return
    if not _is_ours(run_dir / _CONFIG) or not holds_run(run_dir):
        reason = f"is not a run folder (no {_CONFIG} of a run), and is not empty"
        raise RunFolderError(f"{run_dir}: {reason}; choose another `run_dir`.")
    if not overwrite:
        raise _holds_a_run(run_dir)


def _is_before_config(name: str) -> bool:
    """Whether a run that is killed before it has a ``config.json`` leaves such a file."""
    before = (_DATA, NETWORKS_FILE, _CONFIG)
    return name in (LOCK, *before[:2]) or any(is_partial(name, of=of) for of in before)


def _is_ours(path: Path) -> bool:
    """Whether a ``data.json`` or ``config.json`` is of a run, of any version, empty or absent."""
    try:
        text = read_text(path)
        if path.name == NETWORKS_FILE:
            return is_description(text)
        names = set(parse_json_object(text)) if text else None
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    ours = set(DataSpec._fields[:3]) if path.name == _DATA else _OUR_FIELDS
    return names is None or ours <= names


def prepare(
    run_dir: str | Path,
    config: Config,
    data_spec: DataSpec,
    *,
    resume: bool,
    overwrite: bool,
    samples_dir: str | Path | None = None,
    networks: str | None = None,
) -> None:
    """Write ``config.json`` and ``data.json``, after ``check`` and under the lock of the folder.

    Args:
        run_dir: The run folder; created if it does not exist.
        config: Config of the run.
        data_spec: Data spec of the run.
        resume: See ``check``.
        overwrite: See ``check``; the old run is removed first.
        samples_dir: See ``check``; with ``overwrite`` its sample pictures are removed too.
        networks: The text of ``networks.json``; None for networks of the package.

    Raises:
        RunFolderError: If another process has begun a run in the folder since ``check``.
    """
    run_dir = Path(run_dir)
    if overwrite:
        for path in _pictures(samples_dir) if samples_dir else ():
            path.unlink()
        remove_run(run_dir)
    if not resume and holds_run(run_dir):
        raise _holds_a_run(run_dir)
    spec = {name: value for name, value in data_spec._asdict().items() if value is not None}
    for name, text in [
        (_DATA, json.dumps(spec, indent=2, ensure_ascii=False) + "\n"),
        *([(NETWORKS_FILE, networks)] if networks is not None else []),
        (_CONFIG, config.to_json()),
    ]:
        with whole_file(run_dir / name) as partial:
            partial.write_text(text, encoding="utf-8")


def _existing(folder: Path, patterns: Iterable[str]) -> list[Path]:
    """What there is of these patterns, also links that lead nowhere."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return [folder / name for each in patterns for name in fnmatch.filter(names, each)]


def _pictures(folder: str | Path) -> list[Path]:
    from acwgan.runs.sample_pictures import sample_pictures

    return [path for _, path in sample_pictures(folder)]


def remove_run(run_dir: Path) -> None:
    """Remove what a run has written, and nothing else that may be in its folder.

    Args:
        run_dir: The run folder, which itself stays.
    """
    for name in CHECKPOINT_FOLDERS:
        for path in checkpoints.all_folders(run_dir / name):
            shutil.rmtree(path)
    for path in _pictures(run_dir / SAMPLES):
        path.unlink()
    for name in (*CHECKPOINT_FOLDERS, SAMPLES):
        folder = run_dir / name
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    for path in _existing(run_dir, _FILES):
        if not path.is_dir():
            path.unlink()
        elif is_savedmodel(path):
            shutil.rmtree(path)


def _holds_a_run(run_dir: Path) -> RunFolderError:
    return RunFolderError(
        f"{run_dir}: holds a run; go on with `resume=True`, begin again with `overwrite=True`, "
        "or choose another `run_dir`."
    )


def _check_same(run_dir: Path, config: Config, data_spec: DataSpec | None) -> None:
    """Refuse to resume a run with other settings or other data."""
    saved, saved_spec = read_config(run_dir), read_data_spec(run_dir)
    config = with_its_beginnings(saved, config)
    if config.precision == "auto":
        config = replace(config, precision=saved.precision)
    if config.augmentation == "auto":  # May have set ``hold_out`` too.
        config = replace(config, augmentation=saved.augmentation, hold_out=saved.hold_out)
    # The length may change; ``train`` turns epochs into steps, and checks again.
    lengths = {name: getattr(config, name) for name in (*LENGTHS, "earlier_lengths")}
    wanted = replace(saved, **lengths)
    if saved_spec.digest is not None:  # The digest tells whether the data is the same.
        reading = {field.name: getattr(config, field.name) for field in fields(ReadOptions)}
        wanted = replace(wanted, dataset=config.dataset, **reading)
    elif config.dataset == HANDED_IN:  # Runs of before have whatever name their config had.
        wanted = replace(wanted, dataset=HANDED_IN)
    if saved_spec.judge is not None and config.judge:  # Likewise.
        wanted = replace(wanted, judge=config.judge)
    differing = differing_fields(wanted, config)
    if differing:
        details = ", ".join(
            f"{name} {getattr(config, name)} (the run: {getattr(saved, name)})"
            for name in differing
        )
        if "dataset" in differing:
            details += (
                f"; this run is from before runs had a checksum of their data, so put the data "
                f"where it was, or change its place in {run_dir / _CONFIG}"
            )
        raise RunFolderError(
            f"{run_dir}: cannot be resumed with other settings than those of the run: {details}."
        )
    if data_spec:
        _check_same_data(run_dir, saved_spec, data_spec)


def _check_same_data(run_dir: Path, saved: DataSpec, data_spec: DataSpec) -> None:
    if saved.digest is None and data_spec.digest is not None:
        saved = saved._replace(digest=data_spec.digest)
        note = f"{run_dir}: has no checksum of its data yet, and gets that of the data as it is now"
        warnings.warn(UserNotice(f"{note}."), stacklevel=2)
    if saved.judge is None:  # It had none, or is from before there was a checksum of it.
        saved = saved._replace(judge=data_spec.judge)
    if saved == data_spec:
        return
    if saved == data_spec._replace(judge=saved.judge):
        raise RunFolderError(
            f"{run_dir}: cannot be resumed with another judge, whose distances cannot be compared "
            "with those of the run; pass the file that it had with `judge`, or start a new run "
            "from the networks of this one with `init`."
        )
    pairs = zip(DataSpec._fields, saved, data_spec, strict=True)
    details = ", ".join(f"{name}={new} (the run: {old})" for name, old, new in pairs if new != old)
    raise RunFolderError(
        f"{run_dir}: cannot be resumed with other data: {details}; put the data of the run back, "
        "or start a new run from the networks of this one with `init`."
    )


def check_not_lost(run_dir: str | Path, checkpoint_every: int) -> None:
    """Refuse to begin a run again whose checkpoints are lost: that would delete its log.

    A run that was killed before its first checkpoint is begun again with a ``UserNotice``.

    Args:
        run_dir: The run folder, which has no checkpoint.
        checkpoint_every: Generator steps between two checkpoints of the run.

    Raises:
        RunFolderError: If the run must have had a checkpoint.
    """
    run_dir = Path(run_dir)
    newest, best = (run_dir / name for name in CHECKPOINT_FOLDERS)
    last = _last_row(run_dir / "metrics.csv")
    finished = (run_dir / FORMATS["keras"].file_name).exists()
    broken = checkpoints.all_folders(newest)
    if last > checkpoint_every or finished or broken or checkpoints.checkpoints(best):
        raise RunFolderError(
            f"{run_dir}: the checkpoints of the run are missing, and to begin again would delete "
            f"its log; put them back into {newest}, begin again with `overwrite=True`, or choose "
            "another `run_dir`."
        )
    if last:
        note = f"{run_dir}: has no checkpoint yet; its {last} steps are trained again"
        warnings.warn(UserNotice(f"{note}."), stacklevel=2)


def _last_row(path: Path) -> int:
    """The last step in a table, however damaged its end is; 0 if there is none."""
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return 0
    steps = [line.split(b",")[0] for line in lines[1:]]
    return max((int(step) for step in steps if step.isdigit()), default=0)
