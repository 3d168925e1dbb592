"""Save and restore a run: weights, optimizer states and position. A run has no other state."""

import contextlib
import json
import math
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from acwgan import __version__
from acwgan.errors import reason_of
from acwgan.files.atomic import flush_to_disk
from acwgan.files.checksums import write_sums
from acwgan.networks.calls import sketch
from acwgan.runs.checkpoints import (
    OLD,
    PARTIAL,
    CheckpointError,
    Position,
    check_whole,
    checkpoints,
    from_best,
    position,
    set_aside,
)
from acwgan.runs.folder import read_config, read_data_spec
from acwgan.runs.networks import architecture_of

if TYPE_CHECKING:
    from acwgan.config import Config
    from acwgan.runs.folder import DataSpec
    from acwgan.wgan.model import WGAN


def _trackable(model: "WGAN") -> tf.train.Checkpoint:
    if not hasattr(model, "critic_optimizer"):  # Any other Keras model, in ``fit``.
        return tf.train.Checkpoint(model=model)
    parts = {
        "generator": model.generator,
        "critic": model.critic,
        "generator_optimizer": model.generator_optimizer,
        "critic_optimizer": model.critic_optimizer,
    }
    if model.average is not None:
        parts["average"] = model.average
    parts |= model.state_variables
    return tf.train.Checkpoint(**parts)


def save(model: "WGAN", folder: str | Path, here: Position, keep: int) -> Path:
    """Write a checkpoint, then remove all but the newest ``keep``.

    Args:
        model: The model.
        folder: ``checkpoints`` or ``best`` in the run folder.
        here: Where the run stands. If the folder has a checkpoint of this position already,
            nothing is written.
        keep: Number of checkpoints to keep, this one included; 1 or more.

    Returns:
        The checkpoint folder.

    Raises:
        OSError: If it cannot be written; older checkpoints are kept.
        tf.errors.OpError: The same, from TensorFlow.
    """
    folder = Path(folder)
    final, partial = folder / here.name, folder / (PARTIAL + here.name)
    if not folder.exists():
        folder.mkdir()  # Without its parents: the run folder may have been removed.
        flush_to_disk(folder.parent)
    if not _is_at(final, here):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            _write(model, partial, here)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)  # It may have filled the disk.
            raise
        if final.exists():  # From the part of the run before numbers went bad.
            shutil.rmtree(set_aside(final, OLD))
        partial.rename(final)
        flush_to_disk(folder)
    paths = checkpoints(folder)
    kept = paths[: paths.index(final) + 1][-keep:]
    for old in paths:
        if old not in kept:
            shutil.rmtree(set_aside(old, OLD))
    return final


def _is_at(path: Path, here: Position) -> bool:
    """Whether a path holds a checkpoint of this position: then it also holds the same weights."""
    try:
        return position(path)._replace(logs={}) == here._replace(logs={})
    except CheckpointError:
        return False


def _write(model: "WGAN", folder: Path, here: Position) -> None:
    _trackable(model).write(str(folder / "state"))
    (folder / "position.json").write_text(
        json.dumps(here._asdict(), indent=2) + "\n", encoding="utf-8"
    )
    write_sums(folder)
    for path in [*folder.iterdir(), folder]:
        flush_to_disk(path)


def restore(model: "WGAN", path: Path) -> None:
    """Restore the state of a checkpoint into a model that was built from the same config.

    Args:
        model: The model.
        path: A checkpoint folder.

    Raises:
        CheckpointError: If the checkpoint is damaged, or is not of these networks.
    """
    with _as_checkpoint_error(path):
        _trackable(model).read(os.fsencode(path / "state")).assert_consumed()


def restore_generator(path: Path, config: "Config", data_spec: "DataSpec") -> keras.Model:
    """The generator of a checkpoint in float32; its moving average if the run has one.

    Args:
        path: A checkpoint folder in the folder of its run.
        config: Config of the run.
        data_spec: Data spec of the run.

    Returns:
        [z, labels] -> images, or, without classes, [z] -> images.

    Raises:
        CheckpointError: If the checkpoint is damaged, or is not of these networks.
    """
    build = architecture_of(path.parents[1], config).generator
    num_classes = data_spec.num_classes(config.conditional)
    name = "generator" if config.ema_decay is None else "average"
    return _restored(
        lambda: build(config.latent_dim, data_spec.image_shape, num_classes), name, path
    )


def restore_critic(path: Path, config: "Config", data_spec: "DataSpec") -> keras.Model:
    """The critic of a checkpoint in float32.

    Args:
        path: A checkpoint folder in the folder of its run.
        config: Config of the run.
        data_spec: Data spec of the run.

    Returns:
        images -> [scores, class_logits], or, without classes, images -> [scores].

    Raises:
        CheckpointError: If the checkpoint is damaged, or is not of these networks.
    """
    build = architecture_of(path.parents[1], config).critic
    num_classes = data_spec.num_classes(config.conditional)
    return _restored(lambda: build(data_spec.image_shape, num_classes), "critic", path)


def _restored(build: Callable[[], keras.Model], name: str, path: Path) -> keras.Model:
    with _as_checkpoint_error(path):
        _check_sizes(path, sketch(build)[1])
        network = build()
        status = tf.train.Checkpoint(**{name: network}).read(os.fsencode(path / "state"))
        status.assert_existing_objects_matched().expect_partial()
    return network


def best_networks(run_dir: str | Path, *restore: Callable[..., keras.Model]) -> tuple[Any, ...]:
    """The networks of the best checkpoint of a run.

    Args:
        run_dir: The run folder.
        *restore: ``restore_generator``, ``restore_critic``, or both.

    Returns:
        The checkpoint folder, the ``Config`` of the run, and a network for each ``restore``.

    Raises:
        CheckpointError: If there is no checkpoint, or none can be used.
        RunFolderError: If the folder is not a run folder.
    """
    config = read_config(run_dir)

    def networks(path: Path) -> list[keras.Model]:
        data_spec = read_data_spec(run_dir)
        return [restore_one(path, config, data_spec) for restore_one in restore]

    path, restored = from_best(run_dir, networks)
    return path, config, *restored


def _check_sizes(path: Path, needed: int) -> None:
    """Refuse an untrusted checkpoint that declares more bytes than its files have.

    Before anything is allocated.
    """
    files = list(path.glob("state.*"))
    if not all(file.is_file() for file in files):
        raise ValueError("its state is not in plain files")
    held = sum(file.stat().st_size for file in files)
    reader = tf.train.load_checkpoint(os.fsencode(path / "state"))
    types, shapes = reader.get_variable_to_dtype_map(), reader.get_variable_to_shape_map()
    declared = sum(max(1, types[name].size or 1) * math.prod(shapes[name]) for name in shapes)
    for size in (needed, declared):
        if size > held:
            raise ValueError(f"its weights should have {size:,} bytes, it has {held:,}")


@contextlib.contextmanager
def _as_checkpoint_error(path: Path) -> Iterator[None]:
    """Check the checksums, then turn TensorFlow's errors into one that names the checkpoint."""
    check_whole(path)
    version = position(path).version
    try:
        yield
    except (AssertionError, IndexError, OSError, ValueError, tf.errors.OpError) as error:
        reason = reason_of(error)
        if isinstance(error, AssertionError):  # It lists all arrays, with their values.
            reason = "it has other arrays than the networks of its run"
        if version != __version__:
            reason += f"; it was written by acwgan {version}, this is {__version__}"
        raise CheckpointError(f"{path}: cannot be restored ({reason}).") from error
