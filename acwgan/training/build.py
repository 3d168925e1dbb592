"""The model and the compiled loop that a config describes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from acwgan.config import Config
from acwgan.devices.precision import resolve_precision
from acwgan.networks.registry import architecture
from acwgan.wgan.loop import compiled_loop
from acwgan.wgan.loss_table import LOSSES
from acwgan.wgan.losses import Losses
from acwgan.wgan.model import WGAN
from acwgan.wgan.optimizers import OPTIMIZERS
from acwgan.wgan.rules import UpdateRules

if TYPE_CHECKING:
    import keras

    from acwgan.networks.users import UserNetworks

#: Name of a precision -> the dtype policy of Keras.
_POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}

#: Setting ``augmentation`` -> probability of each augmentation at the start.
_AUGMENTATION = {"none": None, "auto": None, "adaptive": 0.0, "always": 1.0}


def build_model(
    config: Config,
    image_shape: tuple[int, int, int] = (28, 28, 1),
    num_classes: int = 10,
    networks: UserNetworks | None = None,
) -> WGAN:
    """The networks and optimizers of a config, with fresh weights that follow from its seed.

    Args:
        config: The run's config, its length in steps.
        image_shape: ``(H, W, C)``.
        num_classes: K; not used by a config without classes.
        networks: Networks of the user's own; those of the config if None.

    Returns:
        The model.
    """
    optimizer = OPTIMIZERS[config.optimizer]
    names = {field.name for field in dataclasses.fields(UpdateRules)}
    own = {"decay_steps", "raise_rates", "augmentation"}  # Follow from other fields.
    rules = {name: getattr(config, name) for name in names - own}
    # The average comes first: the order in which layers are made is in their names.
    average = None
    if config.ema_decay is not None:
        in_float32 = dataclasses.replace(config, precision="float32")
        average = builders(in_float32, image_shape, num_classes, networks)[0]()
    build_generator, build_critic = builders(config, image_shape, num_classes, networks)
    model = WGAN(
        build_generator(),
        build_critic(),
        average,
        latent_dim=config.latent_dim,
        n_critic=config.n_critic,
        augmentation=_AUGMENTATION[config.augmentation],
        decay_steps=config.steps if config.decay else None,
        raise_rates=config.raises_rates,
        **rules,
    )
    model.compile(
        *map(optimizer, config.learning_rates),
        penalty=config.penalty,
        averaging=config.averaging,
        **_own_losses(config.loss),
    )
    return model


def _own_losses(name: str) -> dict[str, Callable[..., Any]]:
    """What a row of ``LOSSES`` changes, as ``WGAN.compile`` takes it."""
    losses, published = LOSSES[name](), Losses()
    parts = {"critic_loss": "critic", "generator_loss": "generator", "class_loss": "classes"}
    return {
        argument: own
        for argument, part in parts.items()
        if (own := getattr(losses, part)) is not getattr(published, part)
    }


def builders(
    config: Config,
    image_shape: tuple[int, int, int],
    num_classes: int,
    networks: UserNetworks | None = None,
) -> tuple[Callable[[], keras.Model], Callable[[], keras.Model]]:
    """Functions that build the generator and the critic of a config, in its precision.

    Args:
        config: The run's config.
        image_shape: ``(H, W, C)``.
        num_classes: K; not used by a config without classes.
        networks: Networks of the user's own; those of the config if None.

    Returns:
        The builder of the generator, and that of the critic.
    """
    dtype = _POLICIES[resolve_precision(config.precision)]
    classes = num_classes if config.conditional else None
    chosen = networks or architecture(config.networks, config.networks_version)
    return (
        partial(chosen.generator, config.latent_dim, image_shape, classes, config.seed, dtype),
        partial(chosen.critic, image_shape, classes, config.seed + 1, dtype),
    )


def build_loop(
    config: Config, model: WGAN, images: np.ndarray, labels: np.ndarray
) -> Callable[..., dict]:
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
        xla=config.xla,
        seed=config.seed,
        batch_size=config.batch_size,
        latent_dim=config.latent_dim,
        num_classes=int(labels.max()) + 1,
        labels_of_data=config.labels_of_data,
        latent=config.latent,
        image_order=config.image_order,
        balance=config.balance,
        version=config.random_streams,
    )


def resolved(config: Config, num_images: int) -> Config:
    """The config with its precision decided and its length in generator steps.

    An epoch has a generator step for each batch of the data, the last one filled up from the
    next epoch: ``ceil(N / B)``. The critic sees the data ``n_critic`` times as often.

    Args:
        config: The config as the user gave it.
        num_images: N, images in the training data.

    Returns:
        The config that the run is saved with.

    Example:
        >>> resolved(Config(epochs=2, batch_size=64), 60_000).steps
        1876
    """
    precision = resolve_precision(config.precision)
    if config.epochs is None:
        return dataclasses.replace(config, precision=precision)
    steps = math.ceil(config.epochs * math.ceil(num_images / config.batch_size))
    return dataclasses.replace(config, precision=precision, steps=steps, epochs=None)
