"""Contender (c): acwgan. The benchmark runs this package's own code only through this module."""

import math
from dataclasses import replace
from types import ModuleType

import keras
import numpy as np
import tensorflow as tf

from acwgan.networks.dropout import StatelessDropout
from acwgan.presets import ACWGAN, ARTICLE
from acwgan.training.build import build_loop, build_model
from bench.step import common, preset_acwgan, preset_article

CONFIGS = {
    # The optimizer of the plain Keras loop, since all contenders must compute the same.
    preset_article: replace(ARTICLE, optimizer="rmsprop-keras3"),
    preset_acwgan: ACWGAN,
}


class Ours:
    """A preset on the compiled loop of training itself."""

    def __init__(
        self,
        preset: ModuleType,
        precision: str,
        images: np.ndarray,
        labels: np.ndarray,
        dropout: float = 0.0,
        epsilon: float = 0.0,
    ):
        self.preset = preset
        config = replace(CONFIGS[preset], precision=precision)
        self.model = build_model(config)
        for layer in self.model.critic.layers:
            if isinstance(layer, StatelessDropout):
                layer.rate = dropout
        for optimizer in (self.model.critic_optimizer, self.model.generator_optimizer):
            if isinstance(optimizer, keras.optimizers.Adam):
                optimizer.epsilon = epsilon
        self.loop = build_loop(config, self.model, images, labels)
        self.critic_steps = self.generator_steps = 0

    def _variables(self) -> dict[str, keras.Variable]:
        """The trained weights by name: Keras lists them in the order of `WEIGHT_SHAPES`."""
        names = self.preset.WEIGHT_SHAPES
        networks = dict.fromkeys(name.partition("/")[0] for name in names)
        variables = [
            variable
            for network in networks
            for variable in getattr(self.model, network).trainable_variables
        ]
        return dict(zip(names, variables, strict=True))

    def set_weights(self, arrays: dict[str, np.ndarray]) -> None:
        """Copies the arrays into the networks."""
        for name, variable in self._variables().items():
            variable.assign(arrays[name])

    def get_weights(self) -> dict[str, np.ndarray]:
        """The inverse of `set_weights`."""
        return {name: variable.numpy() for name, variable in self._variables().items()}

    def critic_outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Scores (B,) and class probabilities (B, 10)."""
        scores, class_logits = self.model.critic(images)
        return scores.numpy(), keras.ops.softmax(class_logits).numpy()

    def generator_images(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Fake images (B, 28, 28, 1)."""
        return self.model.generator([z, labels], training=True).numpy()

    def critic_step(self, batch: common.Batch | None = None) -> None:
        """One update of the critic; with `article`, two: on real images, then on fakes."""
        if batch is None:
            self._run(1, 0)
            return
        self.model.update_critic(
            tf.constant(batch.real_images),
            tf.constant(batch.real_labels),
            tf.constant(batch.z),
            tf.constant(batch.fake_labels),
            alpha=tf.constant(batch.alpha),
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
        self._run(self.preset.N_CRITIC, 1)

    def _run(self, critics: int, generators: int) -> None:
        plan = tf.constant([[critics, generators]])
        metrics = self.loop(plan, tf.constant(self.generator_steps), tf.constant(self.critic_steps))
        # Reading them waits for the end of the call.
        losses = [metrics["loss/critic"].numpy()] * critics
        losses += [metrics["loss/generator"].numpy()] * generators
        if not all(map(math.isfinite, losses)):
            raise FloatingPointError("a loss is not finite: the loop has stopped early")
        self.critic_steps += critics
        self.generator_steps += generators


def build(
    preset: ModuleType,
    precision: str,
    images: np.ndarray,
    labels: np.ndarray,
    **options: float,
) -> Ours:
    """Builds the contender.

    Args:
        preset: see `common`.
        precision: 'float32' or 'bfloat16'.
        images: uint8 (N, 28, 28, 1).
        labels: int32 (N,).
        options: `dropout` of the critic of `article`, `epsilon` of Adam of `acwgan`.
    """
    return Ours(preset, precision, images, labels, **options)
