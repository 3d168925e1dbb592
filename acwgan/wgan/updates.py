"""One update of the critic and one of the generator: Algorithm 1 without its loops."""

from __future__ import annotations

import keras
import tensorflow as tf

from acwgan.devices.replicas import mean_of_replicas, only_on_first_replica
from acwgan.networks import calls
from acwgan.networks.dropout import dropout_key
from acwgan.wgan.augmentation import augment
from acwgan.wgan.averages import Average
from acwgan.wgan.losses import Losses
from acwgan.wgan.optimizers import is_plain
from acwgan.wgan.penalties import PenaltyInputs
from acwgan.wgan.rules import UpdateRules, rates_factor
from acwgan.wgan.scores import Batch, Rating, metrics_of, score, score_both

#: Metrics by name, scalars.
Metrics = dict[str, tf.Tensor]


class Updates:
    """What a ``WGAN`` does with its two networks: one update of each, and what goes with them.

    Attributes:
        generator: [z, labels] -> images, or [z] -> images.
        critic: images -> [scores, class_logits], or -> [scores].
        average: A copy of the generator that holds its moving average, or None.
        generator_optimizer: Updates the generator.
        critic_optimizer: Updates the critic.
        rules: The ``UpdateRules``.
        loss_terms: The ``Losses`` of the two networks.
        share_kept: How much of the average stays at each update; see ``averages``.
        rates: Factor on both learning rates; read when ``set_learning_rates`` is traced.
        learning_rates: Each optimizer whose rate can be set, and the rate that it was made with.
        augmentation: Variable with the probability of each augmentation of the images that the
            critic sees; None without augmentation.
        average_scores: Moving averages of the scores of real and fake batches, ``(2,)``: a variable
            for the penalty "lecam", zeros for the others, which do not use it.
        critic_metrics: Names of the metrics of a critic update; also the TensorBoard tags.
        generator_metrics: The same of a generator update.
    """

    generator: keras.Model
    critic: keras.Model
    average: keras.Model | None
    generator_optimizer: keras.optimizers.Optimizer
    critic_optimizer: keras.optimizers.Optimizer
    rules: UpdateRules
    loss_terms: Losses
    share_kept: Average
    rates: float
    learning_rates: list[tuple[keras.optimizers.Optimizer, float]]
    augmentation: tf.Variable | None
    average_scores: tf.Variable | tf.Tensor
    critic_metrics: tuple[str, ...]
    generator_metrics: tuple[str, ...]

    @property
    def clip_value(self) -> float | None:
        """The bound of the critic's weights, or None: no clipping."""
        return self.rules.clip_value

    @property
    def rating(self) -> Rating:
        """What follows from the critic's outputs, beside its scores."""
        return Rating(self.loss_terms.classes, self.rules.class_in_score)

    def scores(
        self, images: tf.Tensor, labels: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """Score images, with ``class_in_score`` as ones of their classes.

        Args:
            images: ``(B, H, W, C)`` float32 in [-1, 1].
            labels: ``(B,)`` int32. None for the classes that the critic reads.
            training: Use dropout and batch normalization as in training.

        Returns:
            ``(B,)`` float32.
        """
        outputs = calls.rate(self.critic, images, training)
        return calls.scores_of(outputs, self.rules.class_in_score, labels)

    def set_learning_rates(self, generator_step: tf.Tensor) -> None:
        """Set both learning rates; with ``decay_steps`` they fall evenly to 0.

        The authors' code of WGAN-GP lets them fall so. At generator step s of N both rates are
        ``(1 - s / N)`` times their first value, which ``raise_rates`` makes the higher the smaller
        N is. If a resumed run has changed its length, N is the length that was in force at step s:
        from the resume on, the rates are those that a run of the new length has at these steps.

        Args:
            generator_step: Scalar int32, counted from 0.
        """
        left = tf.constant(1.0)
        if self.rules.decay_steps is not None:
            past = tf.cast(generator_step, tf.float32)
            left = self._left(past, self.rules.decay_steps)
            for until, earlier in reversed(self.rules.earlier_lengths):
                left = tf.where(generator_step < until, self._left(past, earlier), left)
        for optimizer, rate in self.learning_rates:
            optimizer.learning_rate = rate * self.rates * left

    def _left(self, past: tf.Tensor, decay_steps: int) -> tf.Tensor:
        """Share of the first rates after so many of the steps in which they fall."""
        left = 1.0 - past / float(decay_steps)
        return rates_factor(decay_steps) * left if self.rules.raise_rates else left

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
        with dropout_key(_fold(key, 3)):
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
        rules, penalty = self.rules, {}
        with tf.GradientTape() as tape:
            with dropout_key(key):
                scored_real, scored_fake = score_both(self.critic, real, fake, self.rating)
            class_loss = scored_real.class_loss
            if rules.class_loss_on_fakes:
                class_loss += scored_fake.class_loss
            loss = self.loss_terms.critic(scored_real.scores, scored_fake.scores)
            loss += rules.critic_class_weight * class_loss
            if rules.gp_weight is not None:
                every = slice(None, None, rules.gp_every)  # Every n-th, so that replicas agree.
                labels = None if real.labels is None else real.labels[every]
                inputs = PenaltyInputs(
                    lambda images: self.scores(images, labels, training=True),
                    real_images=real.images[every],
                    fake_images=fake.images[every],
                    alpha=alpha[every],
                    real_scores=scored_real.scores,
                    fake_scores=scored_fake.scores,
                    average_scores=tf.identity(self.average_scores),
                )
                with dropout_key(penalty_key):
                    penalty["loss/penalty"] = self.loss_terms.penalty(inputs)
                loss += rules.gp_weight * penalty["loss/penalty"]
        norm = self._apply(self.critic_optimizer, tape, loss, self.critic)
        self._average_scores(scored_real.scores, scored_fake.scores)
        own = {"loss/critic": loss, **penalty, "gradient_norm/critic": norm}
        return own | metrics_of(scored_real, scored_fake)

    def _update_in_turn(self, real: Batch, fake: Batch, key: tf.Tensor) -> Metrics:
        # Differs from Alg. 1 line 5: one update on the real batch, then one on the fake batch.
        with tf.GradientTape() as tape, dropout_key(_fold(key, 0)):
            scored_real = score(self.critic, real, self.rating)
            real_loss = -tf.reduce_mean(scored_real.scores)
            real_loss += self.rules.critic_class_weight * scored_real.class_loss
        self._apply(self.critic_optimizer, tape, real_loss, self.critic)

        with tf.GradientTape() as tape, dropout_key(_fold(key, 1)):
            scored_fake = score(self.critic, fake, self.rating)
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
            scored = score(self.critic, Batch(images, labels), self.rating)
            loss = self.loss_terms.generator(scored.scores)
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

    def _average_scores(self, real_scores: tf.Tensor, fake_scores: tf.Tensor) -> None:
        """Move the averages of the scores, which only a penalty with a memory has."""
        if isinstance(self.average_scores, tf.Variable):
            means = mean_of_replicas([tf.reduce_mean(real_scores), tf.reduce_mean(fake_scores)])
            updates = _updates(self.critic_optimizer)
            decay = tf.minimum(0.99, (1.0 + updates) / (10.0 + updates))
            self.average_scores.assign(decay * self.average_scores + (1.0 - decay) * means)

    def _update_average(self, average: keras.Model) -> None:
        """Move the average towards the generator, including its normalization statistics."""
        updates, start = _updates(self.generator_optimizer), float(self.rules.averaging_from)
        share = self.share_kept(updates - start if start else updates)
        if start:
            share = tf.where(updates > start, share, 0.0)
        for mean, new in zip(average.weights, self.generator.weights, strict=True):
            mean.assign(mean + (1.0 - share) * (new - mean))

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
        # An ``Embedding`` has sparse gradients, with which Keras' Adam skips the other rows.
        gradients = mean_of_replicas([tf.convert_to_tensor(gradient) for gradient in gradients])
        if is_plain(optimizer):
            # Not ``optimizer.apply``, which would add up the gradients of all replicas once more.
            for gradient, variable in zip(gradients, variables, strict=True):
                optimizer.update_step(gradient, variable, optimizer.learning_rate)
            optimizer.iterations.assign_add(1)
        else:
            # It adds up the gradients of all replicas, after its clipping of each alone.
            optimizer.apply(only_on_first_replica(gradients), variables)
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


def _updates(optimizer: keras.optimizers.Optimizer) -> tf.Tensor:
    """The updates that an optimizer has made, float32."""
    return tf.cast(optimizer.iterations, tf.float32)


def _fold(key: tf.Tensor, number: int) -> tf.Tensor:
    return tf.random.experimental.stateless_fold_in(key, number)
