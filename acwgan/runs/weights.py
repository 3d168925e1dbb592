"""Save and restore a run: weights, optimizers and where it stood. Nothing else is state.

The folders and which of them is used: ``checkpoint_folder``.
"""

import contextlib
import json
import math
import shutil
from pathlib import Path

import tensorflow as tf

from acwgan import __version__
from acwgan.files.atomic import flush_to_disk
from acwgan.files.checksums import write_sums
from acwgan.networks.calls import sketch
from acwgan.networks.registry import NETWORKS
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


def save(model, folder: Path, here: Position, keep: int) -> Path:
    """Write a checkpoint, then remove all but the newest ``keep``.

    Args:
        model: A ``WGAN``.
        folder: ``checkpoints`` or ``best`` in the run folder.
        here: Where the run stands.
        keep: How many checkpoints to keep; the one that is written always stays.

    Returns:
        The folder of the checkpoint.

    Raises:
        OSError: If it cannot be written; those before it stay.
        tf.errors.OpError: The same, from TensorFlow.
    """
    folder = Path(folder)
    final, partial = folder / here.name, folder / (PARTIAL + here.name)
    if not folder.exists():
        folder.mkdir()  # Never the run folder: it may have been removed.
        flush_to_disk(folder.parent)
    if not _is_at(final, here):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            _write(model, partial, here)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)  # It may have filled the disk.
            raise
        if final.exists():  # Of the part of the run before numbers went bad.
            shutil.rmtree(set_aside(final, OLD))
        partial.rename(final)
        flush_to_disk(folder)
    paths = checkpoints(folder)
    kept = paths[: paths.index(final) + 1][-keep:]
    for old in paths:
        if old not in kept:
            shutil.rmtree(set_aside(old, OLD))
    return final


def _is_at(path, here):
    """Whether a checkpoint is there already: the same position of the same run is the same."""
    try:
        return position(path)._replace(logs={}) == here._replace(logs={})
    except CheckpointError:
        return False


def _write(model, folder, here):
    _trackable(model).write(str(folder / "state"))
    (folder / "position.json").write_text(json.dumps(here._asdict(), indent=2) + "\n")
    write_sums(folder)
    for path in [*folder.iterdir(), folder]:
        flush_to_disk(path)


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


def restore_generator(path: Path, config, data_spec):
    """The generator of a checkpoint (its moving average where there is one), in float32.

    Args:
        path: A checkpoint folder.
        config: The run's ``Config``.
        data_spec: The run's ``DataSpec``.

    Returns:
        A ``keras.Model``: [z, labels] or, without classes, [z] -> images.

    Raises:
        CheckpointError: If the checkpoint cannot be read or is not of these networks.
    """
    build = NETWORKS[config.networks].generator
    num_classes = data_spec.num_classes(config.conditional)
    name = "generator" if config.ema_decay is None else "average"
    return _restored(
        lambda: build(config.latent_dim, data_spec.image_shape, num_classes), name, path
    )


def restore_critic(path: Path, config, data_spec):
    """The critic of a checkpoint, in float32.

    Args:
        path: A checkpoint folder.
        config: The run's ``Config``.
        data_spec: The run's ``DataSpec``.

    Returns:
        A ``keras.Model``: images -> [scores, class_logits] or, without classes, [scores].

    Raises:
        CheckpointError: If the checkpoint cannot be read or is not of these networks.
    """
    build = NETWORKS[config.networks].critic
    num_classes = data_spec.num_classes(config.conditional)
    return _restored(lambda: build(data_spec.image_shape, num_classes), "critic", path)


def _restored(build, name, path):
    with _explained(path):
        _check_sizes(path, sketch(build)[1])
        network = build()
        status = tf.train.Checkpoint(**{name: network}).read(str(path / "state"))
        status.assert_existing_objects_matched().expect_partial()
    return network


def best_networks(run_dir: Path, *restore) -> tuple:
    """The networks of a run's best checkpoint.

    Args:
        run_dir: The run folder.
        *restore: ``restore_generator``, ``restore_critic``, or both.

    Returns:
        The checkpoint folder, the run's ``Config``, and a network for each.

    Raises:
        CheckpointError: If there is none yet, or none can be used.
        RunFolderError: If the folder is not a run folder.
    """
    config = read_config(run_dir)

    def networks(path):
        data_spec = read_data_spec(run_dir)
        return [one(path, config, data_spec) for one in restore]

    path, restored = from_best(run_dir, networks)
    return path, config, *restored


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
    """TensorFlow's many errors for a foreign checkpoint as one that names it, after its sums."""
    check_whole(path)
    version = position(path).version
    try:
        yield
    except (AssertionError, IndexError, OSError, ValueError, tf.errors.OpError) as error:
        reason = str(error).splitlines()[0]
        if isinstance(error, AssertionError):  # Which names them all, with their values.
            reason = "it has other arrays than the networks of its run"
        if version != __version__:
            reason += f"; it is of acwgan {version}, this is {__version__}"
        raise CheckpointError(f"{path}: cannot be restored ({reason}).") from error
