"""The WGAN, conditional or not: two networks and one update of each."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from acwgan.devices.replicas import mean_of_replicas
from acwgan.errors import ParameterError
from acwgan.networks import calls
from acwgan.networks.dropout import dropout_key
from acwgan.wgan import losses
from acwgan.wgan.augmentation import augment
from acwgan.wgan.rules import UpdateRules
from acwgan.wgan.scores import (
    CLASS_METRICS,
    SCORE_METRICS,
    Batch,
    metrics_of,
    score,
    score_both,
)

#: Metrics by name, scalars.
Metrics = dict[str, tf.Tensor]


class WGAN:
    """A generator and a critic with their optimizers, and one update of each.

    Args:
        generator: [z, labels] -> images, or [z] -> images; see ``networks.blocks``.
        critic: images -> [scores, class_logits], or -> [scores].
        average: A copy of the generator that holds its moving average, or None.
        generator_optimizer: Updates the generator.
        critic_optimizer: Updates the critic.
        **rules: The fields of ``rules.UpdateRules``, and weights of ``losses.CRITIC_TERMS``, as
            ``gp_weight=10.0``.

    Attributes:
        rules: The ``UpdateRules``.
        conditional: Whether the critic has a class head.
        critic_metrics: Names of the metrics of a critic update; also the TensorBoard tags.
        generator_metrics: The same of a generator update.
        rates: Factor on both learning rates; read when ``set_learning_rates`` is traced.
        augmentation: Variable with the probability of each augmentation of the images that the
            critic sees; None without augmentation.
    """

    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        average: keras.Model | None,
        generator_optimizer: keras.optimizers.Optimizer,
        critic_optimizer: keras.optimizers.Optimizer,
        **rules: Any,
    ):
        self.generator = generator
        self.critic = critic
        self.average = average
        self.generator_optimizer = generator_optimizer
        self.critic_optimizer = critic_optimizer
        weights = {
            term.weight_field: rules.pop(term.weight_field, None) for term in losses.CRITIC_TERMS
        }
        self.rules = UpdateRules(term_weights=weights, **rules)
        self._terms = [
            term for term in losses.CRITIC_TERMS if weights[term.weight_field] is not None
        ]
        if self._terms and not self.rules.joint_update:
            fault = f"must be True with {self._terms[0].weight_field}"
            raise ParameterError({"joint_update": fault})
        self.conditional = len(critic.outputs) == 2
        self.rates = 1.0
        self.augmentation = None
        if self.rules.augmentation is not None:
            self.augmentation = tf.Variable(
                self.rules.augmentation,
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
        #: A callback sets it to end the training.
        self.stop_training = False
        self.critic_metrics = (
            "loss/critic",
            *["loss/class_real", "loss/class_fake"] * self.conditional,
            *[term.tag for term in self._terms],
            *SCORE_METRICS,
            *CLASS_METRICS * self.conditional,
            "gradient_norm/critic",
        )
        self.generator_metrics = (
            "loss/generator",
            *["loss/generator_class"] * self.conditional,
            "gradient_norm/generator",
        )
        self._learning_rates = [
            (optimizer, float(optimizer.learning_rate.numpy()))
            for optimizer in (generator_optimizer, critic_optimizer)
        ]
        # Before any tracing or restoring, so that the optimizers' state exists.
        generator_optimizer.build(generator.trainable_variables)
        critic_optimizer.build(critic.trainable_variables)

    @property
    def clip_value(self) -> float | None:
        """The bound of the critic's weights, or None: no clipping."""
        return self.rules.clip_value

    def set_learning_rates(self, generator_step: tf.Tensor) -> None:
        """Set both learning rates; with ``decay_steps`` they fall evenly to 0.

        The authors' code of WGAN-GP lets them fall so.

        Args:
            generator_step: Scalar int32, counted from 0.
        """
        left = tf.constant(1.0)
        if self.rules.decay_steps is not None:
            left -= tf.cast(generator_step, tf.float32) / self.rules.decay_steps
        for optimizer, rate in self._learning_rates:
            optimizer.learning_rate = rate * self.rates * left

    def update_critic(
        self,
        real_images: tf.Tensor,
        labels: tf.Tensor,
        z: tf.Tensor,
        fake_labels: tf.Tensor,
        alpha: tf.Tensor,
        key: tf.Tensor,
        penalty_key: tf.Tensor | None = None,
        draws: tf.Tensor | None = None,
    ) -> Metrics:
        """One critic update (Arjovsky et al. 2017, Alg. 1 lines 3 to 7).

        Args:
            real_images: ``(B, H, W, C)`` float32 in [-1, 1].
            labels: ``(B,)`` int32; like ``fake_labels`` not used without classes.
            z: ``(B, latent_dim)`` float32.
            fake_labels: ``(B,)`` int32.
            alpha: ``(B,)`` float32 in [0, 1], for the penalty.
            key: ``(2,)`` int32, for the dropout masks.
            penalty_key: ``(2,)`` int32, for the dropout masks of the penalty; if None, it follows
                from ``key``.
            draws: ``(B, 2, augmentation.DRAWS)`` float32 in [0, 1), for the augmentation of the
                real and of the fake images, under the penalty too; None without augmentation.

        Returns:
            Name -> scalar, before the update.
        """
        training = not self.rules.fakes_in_inference
        fake_images = calls.generate(self.generator, z, fake_labels, training=training)
        if draws is not None:
            real_images = augment(real_images, draws[:, 0], self.augmentation)
            fake_images = augment(fake_images, draws[:, 1], self.augmentation)
        real, fake = Batch(real_images, labels), Batch(fake_images, fake_labels)
        if self.rules.clip_before_update:
            self._clip()
        if self.rules.joint_update:
            penalty_key = _fold(key, 2) if penalty_key is None else penalty_key
            metrics = self._update_jointly(real, fake, alpha, key, penalty_key)
        else:
            metrics = self._update_in_turn(real, fake, key)
        if not self.rules.clip_before_update:
            self._clip()
        return {name: metrics[name] for name in self.critic_metrics}

    def _update_jointly(
        self, real: Batch, fake: Batch, alpha: tf.Tensor, key: tf.Tensor, penalty_key: tf.Tensor
    ) -> Metrics:
        rules, terms = self.rules, {}
        with tf.GradientTape() as tape:
            with dropout_key(key):
                scored_real, scored_fake = score_both(self.critic, real, fake)
            class_loss = scored_real.class_loss
            if rules.class_loss_on_fakes:
                class_loss += scored_fake.class_loss
            loss = losses.critic_loss(scored_real.scores, scored_fake.scores)
            loss += rules.critic_class_weight * class_loss
            every = slice(None, None, rules.gp_every)  # Every n-th, so that replicas agree.
            inputs = losses.TermInputs(
                lambda images: calls.rate(self.critic, images, training=True)[0],
                real_images=real.images[every],
                fake_images=fake.images[every],
                alpha=alpha[every],
                real_scores=scored_real.scores,
                fake_scores=scored_fake.scores,
            )
            for term in self._terms:
                with dropout_key(penalty_key):
                    terms[term.tag] = term.function(inputs)
                loss += rules.term_weights[term.weight_field] * terms[term.tag]
        norm = self._apply(self.critic_optimizer, tape, loss, self.critic)
        own = {"loss/critic": loss, **terms, "gradient_norm/critic": norm}
        return own | metrics_of(scored_real, scored_fake)

    def _update_in_turn(self, real: Batch, fake: Batch, key: tf.Tensor) -> Metrics:
        # Differs from Alg. 1 line 5: one update on the real batch, then one on the fake batch.
        with tf.GradientTape() as tape, dropout_key(_fold(key, 0)):
            scored_real = score(self.critic, real)
            real_loss = -tf.reduce_mean(scored_real.scores)
            real_loss += self.rules.critic_class_weight * scored_real.class_loss
        self._apply(self.critic_optimizer, tape, real_loss, self.critic)

        with tf.GradientTape() as tape, dropout_key(_fold(key, 1)):
            scored_fake = score(self.critic, fake)
            fake_loss = tf.reduce_mean(scored_fake.scores)
            if self.rules.class_loss_on_fakes:
                fake_loss += self.rules.critic_class_weight * scored_fake.class_loss
        norm = self._apply(self.critic_optimizer, tape, fake_loss, self.critic)
        own = {"loss/critic": real_loss + fake_loss, "gradient_norm/critic": norm}
        return own | metrics_of(scored_real, scored_fake)

    def update_generator(
        self, z: tf.Tensor, labels: tf.Tensor, key: tf.Tensor, draws: tf.Tensor | None = None
    ) -> Metrics:
        """One generator update (Arjovsky et al. 2017, Alg. 1 lines 9 to 11).

        Args:
            z: ``(B, latent_dim)`` float32.
            labels: ``(B,)`` int32; not used without classes.
            key: ``(2,)`` int32, for the critic's dropout masks.
            draws: ``(B, augmentation.DRAWS)`` float32 in [0, 1), for the augmentation; None
                without it.

        Returns:
            Name -> scalar, before the update.
        """
        with tf.GradientTape() as tape, dropout_key(key):
            images = calls.generate(self.generator, z, labels, training=True)
            if draws is not None:
                images = augment(images, draws, self.augmentation)
            scored = score(self.critic, Batch(images, labels))
            loss = losses.generator_loss(scored.scores)
            loss += self.rules.generator_class_weight * scored.class_loss
        norm = self._apply(self.generator_optimizer, tape, loss, self.generator)
        if self.average is not None:
            self._update_average(self.average)
        metrics = {
            "loss/generator": loss,
            "loss/generator_class": scored.class_loss,
            "gradient_norm/generator": norm,
        }
        return {name: metrics[name] for name in self.generator_metrics}

    def _update_average(self, average: keras.Model) -> None:
        """Move the average towards the generator, including its normalization statistics.

        The decay rises to its value, ``min(decay, (1 + t) / (10 + t))`` after t updates, so that
        the initial weights do not linger (as in ``tf.train.ExponentialMovingAverage``).
        """
        updates = tf.cast(self.generator_optimizer.iterations, tf.float32)
        decay = tf.minimum(self.rules.ema_decay, (1.0 + updates) / (10.0 + updates))
        for mean, new in zip(average.weights, self.generator.weights, strict=True):
            mean.assign(mean + (1.0 - decay) * (new - mean))

    def _apply(
        self,
        optimizer: keras.optimizers.Optimizer,
        tape: tf.GradientTape,
        loss: tf.Tensor,
        network: keras.Model,
    ) -> tf.Tensor:
        """One step of an optimizer; returns the norm of all gradients together."""
        variables = network.trainable_variables
        # The class head has no gradient where fakes do not train it.
        gradients = tape.gradient(
            loss,
            [variable.value for variable in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        gradients = mean_of_replicas(gradients)
        # Not ``optimizer.apply``, which would add up the gradients of all replicas once more.
        for gradient, variable in zip(gradients, variables, strict=True):
            optimizer.update_step(gradient, variable, optimizer.learning_rate)
        optimizer.iterations.assign_add(1)
        return tf.linalg.global_norm(gradients)

    def _clip(self) -> None:
        """Clip all critic weights to [-c, c] (Alg. 1 line 7)."""
        bound = self.clip_value
        if bound is not None:
            for weight in self.critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -bound, bound))

    def clipped_share(self) -> float:
        """Share of the critic's weights at the clip bound or beyond it, 0 to 1."""
        weights = self.critic.trainable_variables
        at_bound = [tf.math.count_nonzero(tf.abs(w.value) >= self.clip_value) for w in weights]
        return sum(map(int, at_bound)) / sum(w.value.shape.num_elements() for w in weights)


def _fold(key: tf.Tensor, number: int) -> tf.Tensor:
    return tf.random.experimental.stateless_fold_in(key, number)
