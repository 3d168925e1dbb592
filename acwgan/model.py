"""The conditional WGAN: two networks, and one update of each."""

import tensorflow as tf

from acwgan import losses
from acwgan.layers import dropout_key


class ConditionalWGAN:
    """A generator and a critic with their optimizers, and how each is updated.

    Args:
        generator: [z, labels] -> images; see ``networks``.
        critic: images -> [scores, class_logits].
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

    #: What an update of each network reports; also the TensorBoard tags.
    CRITIC_METRICS = (
        "loss/critic",
        "loss/class_real",
        "loss/class_fake",
        "loss/penalty",
        "score/real",
        "score/fake",
        "wasserstein_estimate",
        "class/accuracy_real",
        "class/accuracy_fake",
    )
    GENERATOR_METRICS = ("loss/generator", "loss/generator_class")

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
        self._learning_rates = [
            (optimizer, float(optimizer.learning_rate))
            for optimizer in (generator_optimizer, critic_optimizer)
        ]
        # Before any tracing or restoring, so that the optimizers' state exists.
        generator_optimizer.build(generator.trainable_variables)
        critic_optimizer.build(critic.trainable_variables)

    def set_learning_rates(self, generator_step):
        """Lower both learning rates evenly, as in the authors' code of WGAN-GP.

        Args:
            generator_step: Scalar int32, counted from 0.
        """
        if self.decay_steps is not None:
            left = 1.0 - tf.cast(generator_step, tf.float32) / self.decay_steps
            for optimizer, rate in self._learning_rates:
                optimizer.learning_rate = rate * left

    def update_critic(self, real_images, labels, z, fake_labels, alpha, key):
        """One critic update (Arjovsky et al. 2017, Alg. 1 lines 3 to 7).

        Args:
            real_images: ``(B, H, W, C)`` float32 in [-1, 1].
            labels: ``(B,)`` int32.
            z: ``(B, latent_dim)`` float32.
            fake_labels: ``(B,)`` int32.
            alpha: ``(B,)`` float32 in [0, 1], for the penalty.
            key: ``(2,)`` int32, of the dropout masks.

        Returns:
            Name -> scalar, before the update.
        """
        fake_images = self.generator([z, fake_labels], training=True)
        if self.clip_before_update:
            self._clip()
        if self.joint_update:
            metrics = self._joint_update(real_images, labels, fake_images, fake_labels, alpha, key)
        else:
            metrics = self._two_updates(real_images, labels, fake_images, fake_labels, key)
        if not self.clip_before_update:
            self._clip()
        return metrics

    def _joint_update(self, real_images, labels, fake_images, fake_labels, alpha, key):
        with tf.GradientTape() as tape, dropout_key(key):
            # One pass over both halves: no layer of a critic couples the examples.
            both = tf.concat([real_images, fake_images], axis=0)
            scores, class_logits = self.critic(both, training=True)
            real_scores, fake_scores = tf.split(scores, 2)
            real_logits, fake_logits = tf.split(class_logits, 2)
            class_real = losses.class_loss(labels, real_logits)
            class_fake = losses.class_loss(fake_labels, fake_logits)
            class_loss = class_real + class_fake if self.class_loss_on_fakes else class_real
            loss = losses.critic_loss(real_scores, fake_scores)
            loss += self.critic_class_weight * class_loss
            penalty = tf.zeros([])
            if self.gp_weight is not None:
                penalty = losses.gradient_penalty_loss(
                    lambda images: self.critic(images, training=True)[0],
                    # Differs from Alg. 1 of WGAN-GP: on a part of the batch, since the penalty
                    # costs as much as all the rest. Every n-th, so that replicas agree.
                    *(batch[:: self.gp_every] for batch in (real_images, fake_images, alpha)),
                )
                loss += self.gp_weight * penalty
        self._apply(self.critic_optimizer, tape, loss, self.critic)
        return _critic_metrics(
            loss, penalty, real_scores, fake_scores, class_real, class_fake
        ) | _accuracies(labels, real_logits, fake_labels, fake_logits)

    def _two_updates(self, real_images, labels, fake_images, fake_labels, key):
        # Differs from Alg. 1 line 5: the article updates on the real batch, then on the fake one.
        with tf.GradientTape() as tape, dropout_key(_fold(key, 0)):
            real_scores, real_logits = self.critic(real_images, training=True)
            class_real = losses.class_loss(labels, real_logits)
            real_loss = -tf.reduce_mean(real_scores) + self.critic_class_weight * class_real
        self._apply(self.critic_optimizer, tape, real_loss, self.critic)

        with tf.GradientTape() as tape, dropout_key(_fold(key, 1)):
            fake_scores, fake_logits = self.critic(fake_images, training=True)
            class_fake = losses.class_loss(fake_labels, fake_logits)
            fake_loss = tf.reduce_mean(fake_scores)
            if self.class_loss_on_fakes:
                fake_loss += self.critic_class_weight * class_fake
        self._apply(self.critic_optimizer, tape, fake_loss, self.critic)
        return _critic_metrics(
            real_loss + fake_loss, tf.zeros([]), real_scores, fake_scores, class_real, class_fake
        ) | _accuracies(labels, real_logits, fake_labels, fake_logits)

    def update_generator(self, z, labels, key):
        """One generator update (Arjovsky et al. 2017, Alg. 1 lines 9 to 11).

        Args:
            z: ``(B, latent_dim)`` float32.
            labels: ``(B,)`` int32.
            key: ``(2,)`` int32, of the critic's dropout masks.

        Returns:
            Name -> scalar, before the update.
        """
        with tf.GradientTape() as tape, dropout_key(key):
            scores, class_logits = self.critic(
                self.generator([z, labels], training=True), training=True
            )
            class_loss = losses.class_loss(labels, class_logits)
            loss = losses.generator_loss(scores) + self.generator_class_weight * class_loss
        self._apply(self.generator_optimizer, tape, loss, self.generator)
        if self.average is not None:
            self._update_average()
        return {"loss/generator": loss, "loss/generator_class": class_loss}

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
        # The class head has no gradient where fakes do not train it.
        variables = network.trainable_variables
        gradients = tape.gradient(
            loss,
            [variable.value for variable in variables],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        optimizer.apply(gradients, variables)

    def _clip(self):
        """All critic weights to [-c, c] (Alg. 1 line 7)."""
        if self.clip_value is not None:
            for weight in self.critic.trainable_variables:
                weight.assign(tf.clip_by_value(weight, -self.clip_value, self.clip_value))

    def clipped_share(self) -> float:
        """Share of the critic's weights that sit at the clip bound or beyond, 0 to 1."""
        at_bound = [tf.abs(w.value) >= self.clip_value for w in self.critic.trainable_variables]
        return sum(int(tf.math.count_nonzero(w)) for w in at_bound) / self.critic.count_params()


def _fold(key, number):
    return tf.random.experimental.stateless_fold_in(key, number)


def _critic_metrics(loss, penalty, real_scores, fake_scores, class_real, class_fake):
    return {
        "loss/critic": loss,
        "loss/class_real": class_real,
        "loss/class_fake": class_fake,
        "loss/penalty": penalty,
        "score/real": tf.reduce_mean(real_scores),
        "score/fake": tf.reduce_mean(fake_scores),
        "wasserstein_estimate": -losses.critic_loss(real_scores, fake_scores),
    }


def _accuracies(labels, real_logits, fake_labels, fake_logits):
    def accuracy(labels, logits):
        right = tf.equal(tf.argmax(logits, axis=1, output_type=tf.int32), labels)
        return tf.reduce_mean(tf.cast(right, tf.float32))

    return {
        "class/accuracy_real": accuracy(labels, real_logits),
        "class/accuracy_fake": accuracy(fake_labels, fake_logits),
    }
