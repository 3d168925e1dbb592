"""Makes networks with Keras' own random and normalizing layers repeatable, on any devices."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import layers

from acwgan.devices.replicas import own_rows
from acwgan.networks.blocks import GlobalBatchNormalization
from acwgan.networks.calls import all_layers
from acwgan.networks.dropout import draw_key

#: Layers that multiply each value with a random number of its own, or add one.
_FACTORS = (
    layers.Dropout,
    layers.GaussianDropout,
    layers.SpatialDropout1D,
    layers.SpatialDropout2D,
    layers.SpatialDropout3D,
)
_SUMMANDS = (layers.GaussianNoise,)


def make_repeatable(network: keras.Model, first_salt: int) -> None:
    """Let every random layer of a network draw from the key that ``dropout_key`` sets.

    Keras' random layers (``Dropout``, ``GaussianNoise``, ``RandomFlip`` and so on) draw from a
    ``SeedGenerator``, a counter that no checkpoint saves and that is the same on every replica: a
    resumed or distributed run would differ. Here each generator gives keys that follow from the
    step. Outside of ``dropout_key``, in inference, the key is constant. On several devices dropout
    and noise draw for the global batch, as on one, ``BatchNormalization`` gets the moments of all
    replicas together, and the keys of other layers follow from the device too.

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
            elif type(layer) in _FACTORS:
                _draw_globally(layer, tf.ones, operator.mul)
            elif type(layer) in _SUMMANDS:
                _draw_globally(layer, tf.zeros, operator.add)


def seed_generators(network: keras.Model) -> Iterator[keras.random.SeedGenerator]:
    """The generators of seeds in all layers of a network, in the order of its layers.

    Args:
        network: The network.
    """
    for layer in all_layers(network):
        for value in vars(layer).values():
            if isinstance(value, keras.random.SeedGenerator):
                yield value


def _draw_globally(
    layer: keras.layers.Layer,
    neutral: Callable[..., tf.Tensor],
    combine: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> None:
    """Let a layer draw for the rows of all replicas, and each replica take its own.

    Args:
        layer: The layer; changed in place.
        neutral: Makes the inputs of which the layer's output is its draws.
        combine: Inputs and draws -> the layer's output.
    """
    draw = layer.call

    def call(inputs: tf.Tensor, training: bool = False) -> Any:
        replicas = _replicas()
        if not training or replicas == 1:
            return draw(inputs, training=training)
        shape = (inputs.shape[0] * replicas, *inputs.shape[1:])
        return combine(inputs, own_rows(draw(neutral(shape, inputs.dtype), training=True)))

    layer.call = call
    for value in vars(layer).values():
        if isinstance(value, keras.random.SeedGenerator):
            value.next = functools.partial(value.next, of_replica=False)


def _next_seed(salt: int, ordered: bool = True, of_replica: bool = True) -> tf.Tensor:
    key = tf.random.experimental.stateless_fold_in(*draw_key(salt))
    if not of_replica or _replicas() == 1:
        return key
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    return tf.random.experimental.stateless_fold_in(key, tf.cast(replica, tf.int32))


def _replicas() -> int:
    """The number of replicas, 1 outside of ``strategy.run``."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync
