"""Generators and critics through which a gradient flows, from a run or from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf

from acwgan.encoder.litert_gradients import DifferentiableModel
from acwgan.files.bundled import CRITIC
from acwgan.generation.loading import existing, is_litert, latent_input, saved_network
from acwgan.keras_settings import standard_settings


class DifferentiableGenerator(NamedTuple):
    """A generator in TensorFlow, with frozen weights.

    Attributes:
        draw: (z ``(B, latent_dim)``, labels ``(B,)`` int32) -> images ``(B, H, W, C)`` in [-1, 1].
        latent_dim: Length of z.
        num_classes: K; None without classes: the labels are then not used.
        image_shape: ``(H, W, C)``.
        latent: The distribution of z, a key of ``LATENTS``.
    """

    draw: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    latent_dim: int
    num_classes: int | None
    image_shape: tuple[int, int, int]
    latent: str


#: A critic in TensorFlow, with frozen weights: images ``(B, H, W, C)`` in [-1, 1] -> ``features``
#: ``(B, F)``, what its heads take, and ``class_probs`` ``(B, K)``. Without classes there are no
#: ``class_probs``. There are no ``features`` in a network of the user's own without a layer
#: ``score``.
DifferentiableCritic = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def differentiable_generator(path: str | Path | None = None) -> DifferentiableGenerator:
    """Load a generator through which a gradient flows.

    Args:
        path: As for ``acwgan.load``: a run folder, a ``.keras`` file or a ``.tflite`` file. None
            for the generator of the package.

    Raises:
        LoadError: If the path holds no generator.
        LiteRTError: If a LiteRT file holds none, or one with an operation without a gradient, such
            as the rounding to whole pixels.
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> generator = differentiable_generator()
        >>> generator.draw(tf.zeros((2, generator.latent_dim)), tf.constant([3, 4])).shape
        TensorShape([2, 28, 28, 1])
    """
    path = existing(path)
    return _from_litert(path) if is_litert(path) else _from_keras(path)


def _from_litert(path: Path) -> DifferentiableGenerator:
    model = DifferentiableModel(path)
    model.require("generator")
    latent, z_name = latent_input(model.inputs)
    _, num_classes = model.inputs.get("class_weights", (None, None))

    def draw(z: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        classes = {"class_weights": tf.one_hot(labels, num_classes)} if num_classes else {}
        return model(**{z_name: z}, **classes)["images"]

    _, height, width, channels = model.outputs["images"]
    shape = (height, width, channels)
    return DifferentiableGenerator(draw, model.inputs[z_name][1], num_classes, shape, latent)


def _from_keras(path: Path) -> DifferentiableGenerator:
    from acwgan.networks.calls import class_count, generate

    network, _, latent = saved_network(path)
    return DifferentiableGenerator(
        lambda z, labels: generate(network, z, labels),
        network.inputs[0].shape[1],
        class_count(network),
        tuple(network.outputs[0].shape[1:]),
        latent,
    )


def differentiable_critic(path: str | Path | None = None) -> DifferentiableCritic:
    """Load a critic through which a gradient flows.

    Args:
        path: A run folder. None for the critic of the package.

    Raises:
        CheckpointError: If the run has no checkpoint that can be used.
        RunFolderError: If the folder is not a run folder.

    Example:
        >>> seen = differentiable_critic()(tf.zeros((2, 28, 28, 1)))
        >>> seen["features"].shape, seen["class_probs"].shape
        (TensorShape([2, 3072]), TensorShape([2, 10]))
    """
    if path is None:
        model = DifferentiableModel(CRITIC, features_of="scores")
        return lambda images: model(images=images)

    from acwgan.networks.calls import rate
    from acwgan.runs import weights

    *_, critic = weights.best_networks(path, weights.restore_critic)
    heads = [layer for layer in critic.layers if layer.name == "score"]
    with standard_settings():
        trunk = keras.Model(critic.inputs, heads[0].input) if heads else None

    def look(images: tf.Tensor) -> dict[str, tf.Tensor]:
        _, *class_logits = rate(critic, images)
        seen = {"class_probs": tf.nn.softmax(class_logits[0])} if class_logits else {}
        return seen | ({"features": trunk(images, training=False)} if trunk else {})

    return look
