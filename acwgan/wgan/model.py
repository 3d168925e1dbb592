"""``WGAN``: a generator and a critic as one Keras model."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from acwgan.errors import ParameterError, UserError
from acwgan.networks import calls
from acwgan.wgan.averages import AVERAGES, Average
from acwgan.wgan.batches import Draws, from_pixels
from acwgan.wgan.losses import Losses
from acwgan.wgan.optimizers import adam, rate_is_fixed
from acwgan.wgan.penalties import PENALTIES
from acwgan.wgan.rules import UpdateRules
from acwgan.wgan.scores import CLASS_METRICS, SCORE_METRICS, Batch, metrics_of, score_both
from acwgan.wgan.updates import Metrics, Updates

#: Argument of the WGAN in Keras' tutorial -> its name here.
_TUTORIAL_NAMES = {
    "discriminator": "critic",
    "discriminator_extra_steps": "n_critic",
    "d_optimizer": "critic_optimizer",
    "g_optimizer": "generator_optimizer",
    "d_loss_fn": "critic_loss",
    "g_loss_fn": "generator_loss",
}
#: Step size of both networks if no optimizer is given; Gulrajani et al. 2017, Algorithm 1.
_LEARNING_RATE = 1e-4


def _takes_tutorial_names(method: Callable[..., None]) -> Callable[..., None]:
    """Let a method take the arguments of the WGAN in Keras' tutorial under their names there."""

    @functools.wraps(method)
    def call(*arguments: Any, **options: Any) -> None:
        options = {_TUTORIAL_NAMES.get(name, name): value for name, value in options.items()}
        return method(*arguments, **options)

    return call


@keras.saving.register_keras_serializable(package="acwgan")
class WGAN(Updates, keras.Model):
    """A generator and a critic, conditional or not, with one update of each.

    ``compile`` and ``fit`` train it as in any Keras program. One step of ``fit`` takes one batch:
    the critic makes ``n_critic`` updates on it, each with new fakes of its classes, then the
    generator one, with classes drawn from those of the batch. There are no bursts of critic
    updates over fresh batches, no exact resume, and one device only: for these, ``acwgan.train``
    is another way around the same ``update_critic`` and ``update_generator``.

    A program in the shape of https://keras.io/examples/generative/wgan_gp/ runs as it is: the
    arguments also have the names that they have there (``discriminator``, ``d_optimizer``, ...).

    Args:
        generator: [z, labels] -> images in [-1, 1], or [z] -> images.
        critic: images -> [scores, class_logits], or -> [scores]; no sigmoid, no softmax.
        average: A copy of the generator, to hold its moving average; None for no average.
        latent_dim: Length of z; None: from the generator's input.
        n_critic: Critic updates of a step of ``fit``.
        seed: Seed of every random draw of ``fit``.
        gp_weight: Weight of the penalty; None, with ``clip_value``, for the clipped critic of
            Arjovsky et al. 2017.
        **rules: Other fields of ``rules.UpdateRules``, as ``clip_value=0.01``.

    Example:
        >>> images = keras.Input((8, 8, 1))
        >>> scores = keras.layers.Dense(1)(keras.layers.Flatten()(images))
        >>> z = keras.Input((4,))
        >>> fakes = keras.layers.Reshape((8, 8, 1))(keras.layers.Dense(64, "tanh")(z))
        >>> wgan = WGAN(keras.Model(z, fakes), keras.Model(images, scores), n_critic=2)
        >>> wgan.compile()
        >>> history = wgan.fit(tf.zeros((4, 8, 8, 1)), batch_size=2, epochs=1, verbose=0)
        >>> int(wgan.critic_optimizer.iterations), int(wgan.generator_optimizer.iterations)
        (4, 2)
    """

    @_takes_tutorial_names
    def __init__(
        self,
        generator: keras.Model,
        critic: keras.Model,
        average: keras.Model | None = None,
        *,
        latent_dim: int | None = None,
        n_critic: int = 3,
        seed: int = 0,
        gp_weight: float | None = 10.0,
        **rules: Any,
    ):
        super().__init__(name="wgan")
        self.generator, self.critic, self.average = generator, critic, average
        self.latent_dim = latent_dim or generator.inputs[0].shape[-1]
        self.n_critic, self.seed = n_critic, seed
        self.rules = UpdateRules(gp_weight=gp_weight, **rules)
        if gp_weight is not None and not self.rules.joint_update:
            raise ParameterError({"joint_update": "must be True with gp_weight"})
        self.conditional = len(critic.outputs) == 2
        self.rates = 1.0
        self.augmentation = None
        if self.rules.augmentation is not None:
            self.augmentation = _shared_variable(self.rules.augmentation)
        self.critic_metrics = (
            "loss/critic",
            *["loss/class_real", "loss/class_fake"] * self.conditional,
            *["loss/penalty"] * (gp_weight is not None),
            *SCORE_METRICS,
            *CLASS_METRICS * self.conditional,
            "gradient_norm/critic",
        )
        self.generator_metrics = (
            "loss/generator",
            *["loss/generator_class"] * self.conditional,
            "gradient_norm/generator",
        )
        tested = ("wasserstein_estimate", *CLASS_METRICS * self.conditional)
        self._means = [keras.metrics.Mean(name) for name in tested]
        self.built = True

    @_takes_tutorial_names
    def compile(
        self,
        critic_optimizer: Any = None,
        generator_optimizer: Any = None,
        critic_loss: Callable[..., tf.Tensor] | None = None,
        generator_loss: Callable[[tf.Tensor], tf.Tensor] | None = None,
        class_loss: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
        penalty: str | Callable[..., tf.Tensor] = "gradient",
        averaging: str | Average = "warm-up",
        **options: Any,
    ) -> None:
        """Choose optimizers and losses; see ``losses.Losses`` for what each loss takes.

        Args:
            critic_optimizer: A Keras optimizer or its name; Adam as in ``optimizers.adam`` if None.
            generator_optimizer: The same for the generator.
            critic_loss: (real_scores, fake_scores) -> scalar; ``losses.critic_loss`` if None.
            generator_loss: fake_scores -> scalar; ``losses.generator_loss`` if None.
            class_loss: (labels, class_logits) -> scalar; ``losses.class_loss`` if None.
            penalty: A name in ``penalties.PENALTIES``, or a function of ``PenaltyInputs``.
            averaging: A name in ``averages.AVERAGES``, or a function from the number of generator
                updates, float32, to the share of the old average that stays.
            **options: Other arguments of ``keras.Model.compile``, as ``run_eagerly``.

        Raises:
            ParameterError: If a penalty or a combination does not exist.
        """
        for name, value, table in (
            ("penalty", penalty, PENALTIES),
            ("averaging", averaging, AVERAGES),
        ):
            if isinstance(value, str) and value not in table:
                fault = f"must be one of {', '.join(table)}, or a function, got {value!r}"
                raise ParameterError({name: fault})
        if critic_loss is not None and not self.rules.joint_update:
            raise ParameterError({"joint_update": "must be True with a critic_loss of your own"})
        default = Losses()
        self.loss_terms = Losses(
            critic=critic_loss or default.critic,
            generator=generator_loss or default.generator,
            classes=class_loss or default.classes,
            penalty=PENALTIES[penalty] if isinstance(penalty, str) else penalty,
        )
        self.share_kept = (
            AVERAGES[averaging](self.rules) if isinstance(averaging, str) else averaging
        )
        critic_optimizer, generator_optimizer = (
            adam(_LEARNING_RATE) if optimizer is None else keras.optimizers.get(optimizer)
            for optimizer in (critic_optimizer, generator_optimizer)
        )
        several = tf.distribute.get_strategy().num_replicas_in_sync > 1
        for optimizer in (critic_optimizer, generator_optimizer):
            if several and getattr(optimizer, "gradient_accumulation_steps", None):
                fault = "must not have gradient_accumulation_steps on several devices"
                raise ParameterError({"optimizer": fault})
        # XLA makes these networks slower on a CPU (docs/speed.md), so it is not the default.
        super().compile(critic_optimizer, **{"jit_compile": False} | options)
        self.critic_optimizer, self.generator_optimizer = critic_optimizer, generator_optimizer
        self._compiled_with = {
            "critic_optimizer": critic_optimizer,
            "generator_optimizer": generator_optimizer,
            "critic_loss": critic_loss,
            "generator_loss": generator_loss,
            "class_loss": class_loss,
            "penalty": penalty,
            "averaging": averaging,
        }
        self.average_scores = tf.zeros(2)
        if penalty == "lecam":
            self.average_scores = _shared_variable([0.0, 0.0])
        # Before any tracing or restoring, so that the optimizers' state exists.
        generator_optimizer.build(self.generator.trainable_variables)
        critic_optimizer.build(self.critic.trainable_variables)
        optimizers = (generator_optimizer, critic_optimizer)
        self.learning_rates = [
            (optimizer, float(optimizer.learning_rate.numpy()))
            for optimizer in optimizers
            if rate_is_fixed(optimizer)
        ]
        if self.rules.decay_steps is not None and len(self.learning_rates) < len(optimizers):
            raise ParameterError({"decay": "must be False with learning rates of a schedule"})

    @property
    def state_variables(self) -> dict[str, tf.Variable]:
        """What a checkpoint holds beside networks and optimizers, by name."""
        state = {"augmentation": self.augmentation, "average_scores": self.average_scores}
        return {name: value for name, value in state.items() if isinstance(value, tf.Variable)}

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Draw images, from the moving average if there is one.

        Args:
            inputs: z ``(B, latent_dim)``, or [z, labels].
            training: Use the statistics of the batch in batch normalization.

        Returns:
            ``(B, H, W, C)`` float32 in [-1, 1].
        """
        return (self.average or self.generator)(inputs, training=training)

    def train_step(self, data: Any) -> Metrics:
        """One step of ``fit``: ``n_critic`` critic updates on the batch, then a generator update.

        Args:
            data: Images, or (images, labels), of a batch; see ``_batch``.

        Returns:
            Name -> scalar, of the last critic update and of the generator update.
        """
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise UserError("WGAN.fit runs on one device; acwgan.train(devices=...) uses several.")
        images, labels = self._batch(data)
        draws = self._draws(labels)
        critic: Metrics = {}
        # Each update waits for the one before: TensorFlow's rewriting of the graph may fail on the
        # convolutions of updates that are mixed, which then take longer (bench/fit.py).
        for _ in range(self.n_critic):
            with tf.control_dependencies([*critic.values()]):
                step = self.critic_optimizer.iterations
                critic = self.update_critic(images, labels, **draws.for_critic(step, labels))
        with tf.control_dependencies([*critic.values()]):
            step = self.generator_optimizer.iterations
            return critic | self.update_generator(**draws.for_generator(step))

    def test_step(self, data: Any) -> Metrics:
        """One step of ``evaluate``: the critic's view of a batch and of as many fakes.

        Args:
            data: As in ``train_step``.

        Returns:
            Name -> mean over the batches so far: the Wasserstein estimate, and the shares of real
            and of fake images whose class the critic reads right.
        """
        images, labels = self._batch(data)
        z = self._draws(labels).for_generator(tf.constant(0))["z"]
        fakes = calls.generate(self.generator, z, labels)
        real, fake = Batch(images, labels), Batch(fakes, labels)
        scored = score_both(self.critic, real, fake, self.rating, training=False)
        metrics = metrics_of(*scored)
        for mean in self._means:
            mean.update_state(metrics[mean.name], sample_weight=tf.shape(images)[0])
        return {mean.name: mean.result() for mean in self._means}

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The metrics of ``evaluate``, which Keras resets before it."""
        return self._means

    def _batch(self, data: Any) -> tuple[tf.Tensor, tf.Tensor]:
        """Images in [-1, 1] and labels: uint8 pixels are converted, one-hot labels are read."""
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        images = from_pixels(images) if images.dtype == tf.uint8 else tf.cast(images, tf.float32)
        if labels is None:
            if self.conditional:
                raise ParameterError(
                    {"y": "must be the labels of the images: the critic has classes"}
                )
            return images, tf.zeros(tf.shape(images)[0], tf.int32)
        if labels.shape.rank == 2:
            one_hot = labels.shape[1] > 1
            labels = tf.argmax(labels, axis=1) if one_hot else labels[:, 0]
        return images, tf.cast(labels, tf.int32)

    def _draws(self, labels: tf.Tensor) -> Draws:
        return Draws(
            seed=self.seed,
            batch_size=tf.shape(labels)[0],
            latent_dim=self.latent_dim,
            classes=labels,
            labels_of_data=True,
            augmented=self.augmentation is not None,
        )

    def get_config(self) -> dict[str, Any]:
        """The networks and the settings, for ``save``."""
        serialize = keras.saving.serialize_keras_object
        networks = {
            name: serialize(getattr(self, name)) for name in ("generator", "critic", "average")
        }
        settings = {name: getattr(self, name) for name in ("latent_dim", "n_critic", "seed")}
        return networks | settings | vars(self.rules)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of ``compile``, for ``save``. Functions must be registered with Keras."""
        return {
            name: keras.saving.serialize_keras_object(value)
            for name, value in self._compiled_with.items()
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what ``get_compile_config`` returned."""
        self.compile(
            **{name: keras.saving.deserialize_keras_object(value) for name, value in config.items()}
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> WGAN:
        """The model that ``get_config`` describes."""
        networks = {
            name: keras.saving.deserialize_keras_object(config.pop(name))
            for name in ("generator", "critic", "average")
        }
        return cls(**networks, **config)


def _shared_variable(value: Any) -> tf.Variable:
    """A variable that is the same on all replicas."""
    return tf.Variable(
        value, trainable=False, aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA
    )
