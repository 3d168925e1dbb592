"""Contender (c): acwgan. The benchmark sees this package's own code only through this module."""

from dataclasses import replace

import keras
import numpy as np
import tensorflow as tf

from acwgan.networks.dropout import StatelessDropout
from acwgan.presets import ARTICLE
from acwgan.training.build import build_loop, build_model
from bench.step import common


class Ours:
    """The preset ``article`` on the compiled loop of training itself."""

    def __init__(self, precision: str, images: np.ndarray, labels: np.ndarray, dropout: float):
        # The other contenders have the RMSprop of Keras 3, not that of the article's time.
        config = replace(ARTICLE, precision=precision, optimizer="rmsprop-keras3")
        self.model = build_model(config)
        for layer in self.model.critic.layers:
            if isinstance(layer, StatelessDropout):
                layer.rate = dropout
        self.loop = build_loop(config, self.model, images, labels)
        self.critic_steps = self.generator_steps = 0

    def set_weights(self, arrays: dict[str, np.ndarray]) -> None:
        """Keras lists the weights in the order of `WEIGHT_SHAPES`."""
        for model, prefix in ((self.model.critic, "critic/"), (self.model.generator, "generator/")):
            names = [name for name in common.WEIGHT_SHAPES if name.startswith(prefix)]
            model.set_weights([arrays[name] for name in names])

    def get_weights(self) -> dict[str, np.ndarray]:
        """The inverse of `set_weights`."""
        arrays = self.model.critic.get_weights() + self.model.generator.get_weights()
        return dict(zip(common.WEIGHT_SHAPES, arrays, strict=True))

    def critic_outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores (B,) and class probabilities (B, 10)."""
        scores, class_logits = self.model.critic(images)
        return scores.numpy(), keras.ops.softmax(class_logits).numpy()

    def generator_images(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Fake images (B, 28, 28, 1)."""
        return self.model.generator([z, labels]).numpy()

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """Clips, then updates the critic on real images, then on fakes."""
        if batch is None:
            self._run(1, 0)
            return
        self.model.update_critic(
            tf.constant(batch.real_images),
            tf.constant(batch.real_labels),
            tf.constant(batch.z),
            tf.constant(batch.fake_labels),
            alpha=tf.zeros(len(batch.z)),
            key=tf.zeros(2, tf.int32),
        )

    def generator_step(self, batch: common.Batch | None = None) -> None:
        """Updates the generator against the frozen critic."""
        if batch is None:
            self._run(0, 1)
            return
        z, labels = tf.constant(batch.z), tf.constant(batch.fake_labels)
        self.model.update_generator(z, labels, key=tf.zeros(2, tf.int32))

    def cycle(self) -> None:
        """`N_CRITIC` critic steps and a generator step, in one call as in training."""
        self._run(common.N_CRITIC, 1)

    def _run(self, critics: int, generators: int) -> None:
        plan = tf.constant([[critics, generators]])
        metrics = self.loop(plan, tf.constant(self.generator_steps), tf.constant(self.critic_steps))
        metrics["loss/critic"].numpy()  # Waits for the end of the call.
        self.critic_steps += critics
        self.generator_steps += generators


def build(precision: str, images: np.ndarray, labels: np.ndarray, dropout: float = common.DROPOUT):
    """Builds the contender.

    Args:
        precision: 'float32' or 'bfloat16'.
        images: uint8 (N, 28, 28, 1).
        labels: int32 (N,).
        dropout: 0.0 in the equality check.
    """
    return Ours(precision, images, labels, dropout)
