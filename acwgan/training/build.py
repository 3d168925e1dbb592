"""A config -> the model and the compiled loop that it describes."""

import math
from dataclasses import replace

import numpy as np

from acwgan.config import Config
from acwgan.devices.precision import resolve_precision
from acwgan.networks.registry import NETWORKS
from acwgan.wgan.loop import compiled_loop
from acwgan.wgan.model import WGAN
from acwgan.wgan.optimizers import OPTIMIZERS


def build_model(config: Config, image_shape=(28, 28, 1), num_classes=10) -> WGAN:
    """The networks and optimizers of a config, with fresh weights that follow from its seed.

    Args:
        config: The run's config, its length in steps.
        image_shape: ``(H, W, C)``.
        num_classes: K; not used where the config has no classes.

    Returns:
        The model.
    """
    dtype = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[
        resolve_precision(config.precision)
    ]
    num_classes = num_classes if config.conditional else None
    networks = NETWORKS[config.networks]
    shape_of_generator = (config.latent_dim, image_shape, num_classes, config.seed)
    average = None
    if config.ema_decay is not None:
        average = networks.generator(*shape_of_generator)
    return WGAN(
        networks.generator(*shape_of_generator, dtype),
        networks.critic(image_shape, num_classes, config.seed + 1, dtype),
        average,
        OPTIMIZERS[config.optimizer](config.generator_learning_rate),
        OPTIMIZERS[config.optimizer](config.critic_learning_rate),
        ema_decay=config.ema_decay,
        clip_value=config.clip_value,
        clip_before_update=config.clip_before_update,
        gp_weight=config.gp_weight,
        gp_every=config.gp_every,
        critic_class_weight=config.critic_class_weight,
        generator_class_weight=config.generator_class_weight,
        class_loss_on_fakes=config.class_loss_on_fakes,
        joint_update=config.joint_update,
        decay_steps=config.steps if config.decay else None,
    )


def build_loop(config: Config, model: WGAN, images: np.ndarray, labels: np.ndarray):
    """The compiled loop of a config; see ``loop.compiled_loop``.

    Args:
        config: The run's config.
        model: From ``build_model``.
        images: ``(N, H, W, C)`` uint8.
        labels: ``(N,)`` int32, 0..K-1.

    Returns:
        ``run(plan, generator_step, critic_step)``.
    """
    return compiled_loop(
        model,
        images,
        labels,
        seed=config.seed,
        batch_size=config.batch_size,
        latent_dim=config.latent_dim,
        num_classes=int(labels.max()) + 1 if config.conditional else None,
        labels_of_data=config.labels_of_data,
        latent=config.latent,
        xla=config.xla,
    )


def resolved(config: Config, num_images: int) -> Config:
    """A config with nothing left open: its precision, and its length in generator updates.

    An epoch has a generator update for each batch of the data, the last one filled up from the
    next epoch: ``ceil(N / B)``. The critic sees the data ``n_critic`` times as often.

    Args:
        config: Of a run.
        num_images: N.

    Returns:
        The config that the run is saved with.

    Example:
        >>> resolved(Config(steps=None, epochs=2, batch_size=64), 60_000).steps
        1876
    """
    precision = resolve_precision(config.precision)
    if config.epochs is None:
        return replace(config, precision=precision)
    steps = math.ceil(config.epochs * math.ceil(num_images / config.batch_size))
    return replace(config, precision=precision, steps=steps, epochs=None)
