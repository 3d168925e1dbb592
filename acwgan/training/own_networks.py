"""The networks of the user's own in a training: found, tried, and the config that follows."""

from __future__ import annotations

import dataclasses
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from acwgan.config import Config
from acwgan.datasets.dataset import Dataset
from acwgan.errors import ParameterError, UserNotice
from acwgan.networks.registry import HANDED_IN, NETWORKS, NEWEST_NETWORKS, Architecture
from acwgan.runs.networks import architecture_of, description

if TYPE_CHECKING:
    from acwgan.networks.users import UserNetworks


def networks_of_run(
    config: Config, networks: Any, run_dir: str | Path, saved: Config | None
) -> UserNetworks | None:
    """The user's networks in a training.

    Args:
        config: The config as the user gave it.
        networks: What is passed to ``train``, or None.
        run_dir: The run folder.
        saved: Config of the run that is resumed; None for a new one.

    Returns:
        The networks; None if they are those of the package.

    Raises:
        ParameterError: If they cannot be used, or are missing.
        RunFolderError: If a run is resumed and its networks cannot be found again.
    """
    named = config.networks if config.networks not in (*_shipped(), HANDED_IN) else None
    if networks is None and named is None:
        if saved is not None and saved.networks == HANDED_IN:
            return architecture_of(run_dir, saved)
        if config.networks == HANDED_IN:
            fault = f"must be passed for a config whose networks are {HANDED_IN}"
            raise ParameterError({"networks": fault})
        return None
    if networks is None and named in NETWORKS:
        return NETWORKS[named]
    from acwgan.networks.users import user_networks

    found = user_networks(named if networks is None else networks)
    if isinstance(found, Architecture):
        fault = (
            f"must be networks of your own; those of the package have a name: {list(_shipped())}"
        )
        raise ParameterError({"networks": fault})
    return found


def _shipped() -> list[str]:
    return [name for name, each in NETWORKS.items() if isinstance(each, Architecture)]


def with_own_networks(config: Config, networks: UserNetworks, data: Dataset) -> tuple[Config, str]:
    """Try the networks on the data's shapes, and decide what the config leaves open.

    A generator without an input of labels makes a run without classes, and one that is a model
    already has its own length of z. With ``precision="auto"``, networks that do not take ``dtype``
    compute in float32: their last layers would be rounded otherwise.

    Args:
        config: The config.
        networks: The networks.
        data: The data.

    Returns:
        The config of the run, and the text of its ``networks.json``.

    Raises:
        ParameterError: If the networks cannot be trained.
    """
    given = config
    config = dataclasses.replace(config, networks=HANDED_IN, networks_version=NEWEST_NETWORKS)
    if networks.latent_dim not in (None, config.latent_dim):
        note = f"The generator takes z of {networks.latent_dim} numbers: `latent_dim` is "
        note += f"{networks.latent_dim}, not {config.latent_dim}."
        warnings.warn(UserNotice(note), stacklevel=3)
        config = dataclasses.replace(config, latent_dim=networks.latent_dim)
    if networks.are_models and config.precision not in ("auto", "float32"):
        fault = "must be auto or float32 with models, whose layers have a precision already; pass "
        raise ParameterError({"precision": fault + "functions that make them"})
    if config.precision == "auto" and not networks.takes_dtype:
        config = dataclasses.replace(config, precision="float32")
    # In a thread of its own, since the names that Keras gives to layers count on in each thread.
    with ThreadPoolExecutor(1) as thread:
        conditional, text = thread.submit(_tried, config, networks, data).result()
    if given.conditional and not conditional:
        if data.class_names:
            note = "The generator has no input `labels`: the run has no classes."
            warnings.warn(UserNotice(note), stacklevel=3)
        config = dataclasses.replace(config, conditional=False)
    return config, text


def _tried(config: Config, networks: UserNetworks, data: Dataset) -> tuple[bool, str]:
    """Whether the generator has classes, and the description of the networks, after all checks."""
    from acwgan.keras_settings import standard_settings
    from acwgan.networks.calls import class_count, normalizes_batches
    from acwgan.networks.user_checks import check_pair

    shape = data.train_images.shape[1:]
    num_classes = len(data.class_names) if config.conditional and data.class_names else None
    with standard_settings():
        generator = networks.generator(config.latent_dim, shape, num_classes, config.seed)
        critic = networks.critic(shape, num_classes, config.seed + 1)
        penalized = config.gp_weight is not None
        check_pair(generator, critic, shape, num_classes, penalized)
        if config.augmentation == "adaptive" and normalizes_batches(critic):
            fault = "must be always or none with a critic that has batch normalization"
            raise ParameterError({"augmentation": fault})
    return class_count(generator) is not None, description(networks, generator, critic)
