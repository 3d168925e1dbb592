"""Readers for run folders, and small configs to train them with."""

import csv
from dataclasses import replace

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from acwgan.runs import checkpoints


def read_events(folder):
    """The events of a run, from TensorBoard's own reader, with every image."""
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    return reader.Reload()


def read_rows(folder):
    """The rows of ``metrics.csv``: column -> text."""
    return list(csv.DictReader((folder / "metrics.csv").read_text().splitlines()))


def quality(folder):
    """The rows of ``quality.csv``: column -> text."""
    return list(csv.DictReader((folder / "quality.csv").read_text().splitlines()))


def steps(folder, tag):
    """The steps at which a tag was written."""
    return [event.step for event in read_events(folder).Tensors(tag)]


def state(run_dir, folder=None):
    """All arrays of a checkpoint, the newest if None: weights and optimizer states."""
    reader = tf.train.load_checkpoint(str((folder or checkpoints.latest(run_dir)) / "state"))
    names = reader.get_variable_to_shape_map()
    return {
        name: reader.get_tensor(name) for name in names if name != "_CHECKPOINTABLE_OBJECT_GRAPH"
    }


def assert_same_run(one, other):
    """The same newest checkpoint and metrics bit for bit, and the same events."""
    arrays, others = state(one), state(other)
    assert len(arrays) > 20 and arrays.keys() == others.keys()
    for name, array in arrays.items():
        assert np.array_equal(array, others[name]), name
    assert (one / "metrics.csv").read_text() == (other / "metrics.csv").read_text()
    for tag in ("loss/critic", "samples/grid", "weights/critic"):
        assert steps(one, tag) == steps(other, tag)


#: The settings that make a run small.
SMALL = ("steps", "batch_size", "schedule", "n_critic", "precision")
SMALL += ("log_every", "sample_every", "checkpoint_every")


def small(preset, tiny_config):
    """A preset with the small settings."""
    settings = {name: getattr(tiny_config, name) for name in SMALL}
    return replace(preset, epochs=None, decay=False, **settings)
