"""Checkpoints of a run: weights, optimizers and where the run stood. Nothing else is state.

Each checkpoint is a folder ``checkpoints/step-00001200``; the one whose samples the judge found
the best is kept apart in ``best/``. One that was saved in the middle of a burst also names the
critic updates made since, ``step-00001200+00040``. It is written under another name and renamed,
so a folder with this name is whole.
"""

import contextlib
import json
import math
import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import tensorflow as tf

from acwgan.errors import UserError
from acwgan.files import parsed, read_text
from acwgan.networks import NETWORKS, sketch

_NAME = re.compile(r"step-(\d{8,})(?:\+(\d{5,}))?")


class CheckpointError(UserError):
    """A checkpoint is missing or does not fit; the message names it."""


class Position(NamedTuple):
    """Where a run stands."""

    generator_step: int  # generator updates made
    done: int  # critic updates made towards the next generator update
    critic_steps: int  # critic updates made in all
    logs: dict[str, int]  # log file in the run folder -> its length in bytes
    best: float | None = None  # the lowest Fréchet distance so far


def _trackable(model) -> tf.train.Checkpoint:
    parts = {
        "generator": model.generator,
        "critic": model.critic,
        "generator_optimizer": model.generator_optimizer,
        "critic_optimizer": model.critic_optimizer,
    }
    if model.average is not None:
        parts["average"] = model.average
    return tf.train.Checkpoint(**parts)


def _all(folder: Path) -> list[Path]:
    """The whole checkpoints in a folder, oldest first."""

    def position(path):
        step, done = _NAME.fullmatch(path.name).groups()
        return int(step), int(done or 0)

    names = (path for path in folder.glob("step-*") if _NAME.fullmatch(path.name))
    return sorted(names, key=position)


def latest(run_dir: Path) -> Path | None:
    """The newest checkpoint of a run, or None."""
    return next(reversed(_all(Path(run_dir) / "checkpoints")), None)


def best(run_dir: Path) -> Path | None:
    """The checkpoint whose samples the judge found the best; the newest if none was judged."""
    return next(reversed(_all(Path(run_dir) / "best")), None) or latest(run_dir)


def save(model, folder: Path, position: Position, keep: int) -> Path:
    """Write a checkpoint, then remove all but the newest ``keep``.

    Args:
        model: A ``WGAN``.
        folder: ``checkpoints`` or ``best`` in the run folder.
        position: Where the run stands.
        keep: How many checkpoints to keep.

    Returns:
        The folder of the checkpoint.
    """
    name = f"step-{position.generator_step:08d}" + (f"+{position.done:05d}" * bool(position.done))
    final = Path(folder) / name
    if not final.exists():  # The same position of the same run is the same state.
        partial = final.with_name("partial-" + name)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _trackable(model).write(str(partial / "state"))
        (partial / "position.json").write_text(json.dumps(position._asdict(), indent=2) + "\n")
        for path in [*partial.iterdir(), partial]:
            _flush_to_disk(path)
        partial.rename(final)
        _flush_to_disk(final.parent)
    for old in _all(Path(folder))[:-keep]:
        shutil.rmtree(old)
    return final


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
        found = Position(**parsed(read_text(path / "position.json")))
        counts = [*found[:3], *found.logs.values()]
        if not all(type(count) is int and 0 <= count < 2**63 for count in counts):
            raise ValueError("a count is no whole number of at least 0")
        if found.best is not None and type(found.best) not in (int, float):
            raise ValueError("best is no number")
        return found
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: has no readable position.json ({error}).") from error


def restore(model, path: Path) -> None:
    """Put the state of a checkpoint into a model that was built from the same config.

    Args:
        model: A ``WGAN``.
        path: A checkpoint folder.

    Raises:
        CheckpointError: If the checkpoint cannot be read or is not of these networks.
    """
    with _explained(path):
        _trackable(model).read(str(path / "state")).assert_consumed()


def restore_generator(path: Path, config, subject):
    """The generator of a checkpoint (its moving average where there is one), in float32.

    Args:
        path: A checkpoint folder.
        config: The run's ``Config``.
        subject: The run's ``Subject``.

    Returns:
        A ``keras.Model``: [z, labels] or, without classes, [z] -> images.

    Raises:
        CheckpointError: If the checkpoint cannot be read or is not of these networks.
    """
    build = NETWORKS[config.networks].generator
    sizes = config.latent_dim, subject.image_shape, _num_classes(config, subject)
    name = "generator" if config.ema_decay is None else "average"
    return _restored(lambda: build(*sizes), name, path)


def restore_critic(path: Path, config, subject):
    """The critic of a checkpoint, in float32.

    Args:
        path: A checkpoint folder.
        config: The run's ``Config``.
        subject: The run's ``Subject``.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits] or, without classes, [scores].

    Raises:
        CheckpointError: If the checkpoint cannot be read or is not of these networks.
    """
    build = NETWORKS[config.networks].critic
    sizes = subject.image_shape, _num_classes(config, subject)
    return _restored(lambda: build(*sizes), "critic", path)


def _num_classes(config, subject):
    return len(subject.class_names) if config.conditional else None


def _restored(build, name, path):
    with _explained(path):
        _check_sizes(path, sketch(build)[1])
        network = build()
        status = tf.train.Checkpoint(**{name: network}).read(str(path / "state"))
        status.assert_existing_objects_matched().expect_partial()
    return network


def _check_sizes(path, needed):
    """Refuse a stranger's checkpoint whose sizes are larger than its files, before they count."""
    files = list(path.glob("state.*"))
    if not all(file.is_file() for file in files):
        raise ValueError("its state is not in plain files")
    held = sum(file.stat().st_size for file in files)
    reader = tf.train.load_checkpoint(str(path / "state"))
    types, shapes = reader.get_variable_to_dtype_map(), reader.get_variable_to_shape_map()
    said = sum(max(1, types[name].size or 1) * math.prod(shapes[name]) for name in shapes)
    for size in (needed, said):
        if size > held:
            raise ValueError(f"its weights should have {size:,} bytes, it has {held:,}")


@contextlib.contextmanager
def _explained(path):
    """TensorFlow's many errors for a broken or foreign checkpoint, as one that names it."""
    try:
        yield
    except (AssertionError, IndexError, OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        raise CheckpointError(
            f"{path}: cannot be restored ({reason}); without this folder the one before it is used."
        ) from error


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
