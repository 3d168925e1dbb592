"""The WGAN, conditional or not: two networks, and one update of each."""

from typing import NamedTuple

import tensorflow as tf

from acwgan.devices.replicas import mean_of_replicas
from acwgan.networks import calls
from acwgan.networks.layers import dropout_key
from acwgan.wgan import losses


class _Rated(NamedTuple):
    """What the critic makes of a batch; without classes the last two are 0."""

    scores: tf.Tensor  # (B,)
    class_loss: tf.Tensor | float  # scalar
    accuracy: tf.Tensor | float  # share of the batch whose class it reads right


class WGAN:
    """A generator and a critic with their optimizers, and how each is updated.

    Args:
        generator: [z, labels] -> images, or [z] -> images; see ``networks``.
        critic: images -> [scores, class_logits], or -> [scores].
        average: A copy of the generator that holds its moving average, or None.
        generator_optimizer: Of the generator.
        critic_optimizer: Of the critic.
        ema_decay: Of the average, a step.
        clip_value: The paper's c, or None.
        clip_before_update: As in the authors' code; after it, as in Algorithm 1, if False.
        gp_weight: Lambda of WGAN-GP, or None.
        gp_every: The penalty is taken on every n-th example of a batch.
        critic_class_weight: Of the class term in the critic's loss.
        generator_class_weight: Of the class term in the generator's loss.
        class_loss_on_fakes: Whether fakes train the critic's class head.
        joint_update: One update on the difference of the scores, or two: real, then fake.
        decay_steps: Generator steps in which both learning rates fall to 0, or None.
    """

    def __init__(
        self,
        generator,
        critic,
        average,
        generator_optimizer,
        critic_optimizer,
        *,
        ema_decay=None,
        clip_value=None,
        clip_before_update=False,
        gp_weight=None,
        gp_every=1,
        critic_class_weight=1.0,
        generator_class_weight=1.0,
        class_loss_on_fakes=True,
        joint_update=True,
        decay_steps=None,
    ):
        self.generator = generator
        self.critic = critic
        self.conditional = len(critic.outputs) == 2
        self.average = average
        self.generator_optimizer = generator_optimizer
        self.critic_optimizer = critic_optimizer
        self.ema_decay = ema_decay
        self.clip_value = clip_value
        self.clip_before_update = clip_before_update
        self.gp_weight = gp_weight
        self.gp_every = gp_every
        self.critic_class_weight = critic_class_weight
        self.generator_class_weight = generator_class_weight
        self.class_loss_on_fakes = class_loss_on_fakes
        self.joint_update = joint_update
        self.decay_steps = decay_steps
        #: Factor on both learning rates; read when ``set_learning_rates`` is traced.
        self.rates = 1.0
        #: A callback sets it to end the training.
        self.stop_training = False
        self._one_pass = not calls.normalises_batches(critic)
        #: What an update of each network reports; also the TensorBoard tags.
        self.critic_metrics = (
            "loss/critic",
            *["loss/class_real", "loss/class_fake"] * self.conditional,
            *["loss/penalty"] * (gp_weight is not None),
            "score/real",
            "score/fake",
            "wasserstein_estimate",
            *["class/accuracy_real", "class/accuracy_fake"] * self.conditional,
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

    def set_learning_rates(self, generator_step):
        """Set both learning rates; they fall evenly, if so, as in the authors' code of WGAN-GP.

        Args:
            generator_step: Scalar int32, counted from 0.
        """
        left = tf.constant(1.0)
        if self.decay_steps is not None:
            left -= tf.cast(generator_step, tf.float32) / self.decay_steps
        for optimizer, rate in self._learning_rates:
            optimizer.learning_rate = rate * self.rates * left

    def update_critic(self, real_images, labels, z, fake_labels, alpha, key):
        """One critic update (Arjovsky et al. 2017, Alg. 1 lines 3 to 7).

        Args:
            real_images: ``(B, H, W, C)`` float32 in [-1, 1].
            labels: ``(B,)`` int32; without classes not used, as ``fake_labels``.
            z: ``(B, latent_dim)`` float32.
            fake_labels: ``(B,)`` int32.
            alpha: ``(B,)`` float32 in [0, 1], for the penalty.
            key: ``(2,)`` int32, of the dropout masks.

        Returns:
            Name -> scalar, before the update.
        """
        fake_images = calls.generate(self.generator, z, fake_labels, training=True)
        if self.clip_before_update:
            self._clip()
        update = self._joint_update if self.joint_update else self._two_updates
        metrics = update((real_images, labels), (fake_images, fake_labels), alpha, key)
        if not self.clip_before_update:
            self._clip()
        return metrics

    def _joint_update(self, real, fake, alpha, key):
        with tf.GradientTape() as tape, dropout_key(key):
            real_rated, fake_rated = self._rate_both(real, fake)
            class_loss = real_rated.class_loss
            if self.class_loss_on_fakes:
                class_loss += fake_rated.class_loss
            loss = losses.critic_loss(real_rated.scores, fake_rated.scores)
            loss += self.critic_class_weight * class_loss
            penalty = None
            if self.gp_weight is not None:
                penalty = losses.gradient_penalty_loss(
                    lambda images: calls.rate(self.critic, images, training=True)[0],
                    # Differs from Alg. 1 of WGAN-GP: on a part of the batch, since the penalty
                    # costs as much as all the rest. Every n-th, so that replicas agree.
                    *(batch[:: self.gp_every] for batch in (real[0], fake[0], alpha)),
                )
                loss += self.gp_weight * penalty
        norm = self._apply(self.critic_optimizer, tape, loss, self.critic)
        return self._critic_metrics(loss, norm, real_rated, fake_rated, penalty)

    def _two_updates(self, real, fake, alpha, key):
        # Differs from Alg. 1 line 5: the article updates on the real batch, then on the fake one.
        with tf.GradientTape() as tape, dropout_key(_fold(key, 0)):
            real_rated = self._rate(*real)
            real_loss = -tf.reduce_mean(real_rated.scores)
            real_loss += self.critic_class_weight * real_rated.class_loss
        self._apply(self.critic_optimizer, tape, real_loss, self.critic)

        with tf.GradientTape() as tape, dropout_key(_fold(key, 1)):
            fake_rated = self._rate(*fake)
            fake_loss = tf.reduce_mean(fake_rated.scores)
            if self.class_loss_on_fakes:
                fake_loss += self.critic_class_weight * fake_rated.class_loss
        norm = self._apply(self.critic_optimizer, tape, fake_loss, self.critic)
        return self._critic_metrics(real_loss + fake_loss, norm, real_rated, fake_rated)

    def update_generator(self, z, labels, key):
        """One generator update (Arjovsky et al. 2017, Alg. 1 lines 9 to 11).

        Args:
            z: ``(B, latent_dim)`` float32.
            labels: ``(B,)`` int32; without classes not used.
            key: ``(2,)`` int32, of the critic's dropout masks.

        Returns:
            Name -> scalar, before the update.
        """
        with tf.GradientTape() as tape, dropout_key(key):
            images = calls.generate(self.generator, z, labels, training=True)
            rated = self._rate(images, labels)
            loss = losses.generator_loss(rated.scores)
            loss += self.generator_class_weight * rated.class_loss
        norm = self._apply(self.generator_optimizer, tape, loss, self.generator)
        if self.average is not None:
            self._update_average()
        metrics = {
            "loss/generator": loss,
            "loss/generator_class": rated.class_loss,
            "gradient_norm/generator": norm,
        }
        return {name: metrics[name] for name in self.generator_metrics}

    def _rate(self, images, labels):
        return _rated(calls.rate(self.critic, images, training=True), labels)

    def _rate_both(self, real, fake):
        if not self._one_pass:  # A batch of real images has statistics of its own.
            return self._rate(*real), self._rate(*fake)
        # Real and fake by turns, so that the rows of a replica lie together in the global batch.
        both = tf.stack([real[0], fake[0]], axis=1)
        both = tf.reshape(both, (-1, *real[0].shape[1:]))
        outputs = calls.rate(self.critic, both, training=True)
        real_outputs, fake_outputs = ([output[n::2] for output in outputs] for n in (0, 1))
        return _rated(real_outputs, real[1]), _rated(fake_outputs, fake[1])

    def _critic_metrics(self, loss, norm, real, fake, penalty=None):
        metrics = {
            "loss/critic": loss,
            "loss/class_real": real.class_loss,
            "loss/class_fake": fake.class_loss,
            "loss/penalty": penalty,
            "score/real": tf.reduce_mean(real.scores),
            "score/fake": tf.reduce_mean(fake.scores),
            "wasserstein_estimate": -losses.critic_loss(real.scores, fake.scores),
            "class/accuracy_real": real.accuracy,
            "class/accuracy_fake": fake.accuracy,
            "gradient_norm/critic": norm,
        }
        return {name: metrics[name] for name in self.critic_metrics}

    def _update_average(self):
        """Move the average towards the generator, normalisation statistics included.

        The decay rises to its value, ``min(decay, (1 + t) / (10 + t))`` after t updates, so that
        the initial weights do not linger (as in ``tf.train.ExponentialMovingAverage``).
        """
        updates = tf.cast(self.generator_optimizer.iterations, tf.float32)
        decay = tf.minimum(self.ema_decay, (1.0 + updates) / (10.0 + updates))
        for mean, new in zip(self.average.weights, self.generator.weights, strict=True):
            mean.assign(mean + (1.0 - decay) * (new - mean))

    def _apply(self, optimizer, tape, loss, network):
        """One step of an optimizer; returns the norm of all gradients together."""
        # The class head has no gradient where fakes do not train it.
        variables = network.trainable_variables
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

    def _clip(self):
        """All critic weights to [-c, c] (Alg. 1 line 7)."""
        if self.clip_value is not None:
            for weight in self.critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))

    def clipped_share(self) -> float:
        """Share of the critic's weights that sit at the clip bound or beyond, 0 to 1."""
        weights = self.critic.trainable_variables
        at_bound = [tf.math.count_nonzero(tf.abs(w.value) >= self.clip_value) for w in weights]
        return sum(map(int, at_bound)) / sum(w.value.shape.num_elements() for w in weights)


def _fold(key, number):
    return tf.random.experimental.stateless_fold_in(key, number)


def _rated(outputs, labels):
    scores, *class_logits = outputs
    if not class_logits:
        return _Rated(scores, 0.0, 0.0)
    read_as = tf.argmax(class_logits[0], axis=1, output_type=tf.int32)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(read_as, labels), tf.float32))
    return _Rated(scores, losses.class_loss(labels, class_logits[0]), accuracy)
