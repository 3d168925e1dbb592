"""Makes networks with Keras' own random and normalizing layers repeatable, on any devices."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import keras
import tensorflow as tf
from keras import layers

from acwgan.networks.blocks import GlobalBatchNormalization
from acwgan.networks.calls import all_layers
from acwgan.networks.dropout import draw_key


def make_repeatable(network: keras.Model, first_salt: int) -> None:
    """Let every random layer of a network draw from the key that ``dropout_key`` sets.

    Keras' random layers (``Dropout``, ``GaussianNoise``, ``RandomFlip`` and so on) draw from a
    ``SeedGenerator``, a counter that no checkpoint saves and that is the same on every replica: a
    resumed or distributed run would differ. Here each generator gives keys that follow from the
    step, and on several devices from the device. Outside of ``dropout_key``, in inference, the key
    is constant. ``BatchNormalization`` gets the moments of all replicas together.

    Args:
        network: The network; changed in place, also the layers within layers.
        first_salt: Different for networks whose draws must differ.
    """
    for salt, generator in enumerate(seed_generators(network), first_salt):
        # Keras asks a generator for each seed through this method alone.
        generator.next = functools.partial(_next_seed, salt)
    if tf.distribute.get_strategy().num_replicas_in_sync > 1:
        for layer in all_layers(network):
            if type(layer) is layers.BatchNormalization:
                layer.__class__ = GlobalBatchNormalization  # It has no state of its own.


def seed_generators(network: keras.Model) -> Iterator[keras.random.SeedGenerator]:
    """The generators of seeds in all layers of a network, in the order of its layers.

    Args:
        network: The network.
    """
    for layer in all_layers(network):
        for value in vars(layer).values():
            if isinstance(value, keras.random.SeedGenerator):
                yield value


def _next_seed(salt: int, ordered: bool = True) -> tf.Tensor:
    key = tf.random.experimental.stateless_fold_in(*draw_key(salt))
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return key
    replica = tf.cast(context.replica_id_in_sync_group, tf.int32)
    return tf.random.experimental.stateless_fold_in(key, replica)
