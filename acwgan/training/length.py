"""The length of a run that is given in minutes: its steps, and what suits so many."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import NamedTuple

from acwgan.config import Config
from acwgan.wgan.schedule import BURST, has_opening

#: Field of ``Config`` -> how often it shall come about at least in a run whose length is measured.
_AT_LEAST = {"log_every": 40, "sample_every": 40, "evaluate_every": 8}
#: Share of the time of the updates that pictures, tables and checkpoints take.
_REST = 0.03
#: Share of the whole time that the opening bursts may take. All 25 of them took a quarter of ten
#: minutes on a fast machine, and eight minutes on one of 2019 (bench/recipes.md).
_OPENING = 0.05


class Seconds(NamedTuple):
    """What a training takes on this machine, in seconds."""

    start: float  # to build the networks and to compile the loop
    critic_update: float
    generator_update: float
    judgement: float


def steps_in(seconds: float, config: Config, costs: Seconds) -> int:
    """The number of generator steps that fits into a time, at least 1.

    Args:
        seconds: The time, from the building of the networks on.
        config: The settings; its schedule says how many critic updates come before each step.
        costs: What the parts take.

    Example:
        >>> costs = Seconds(start=4, critic_update=0.1, generator_update=0.5, judgement=0)
        >>> steps_in(13, Config(schedule="constant", n_critic=3), costs)
        10
    """
    schedule = config.critic_updates
    fewest, every = _AT_LEAST["evaluate_every"], config.evaluate_every or 1
    left = (seconds - costs.start - fewest * costs.judgement) / (1 + _REST)
    steps = 0
    while left >= 0:
        left -= schedule(steps) * costs.critic_update + costs.generator_update
        if steps >= fewest * every:
            left -= costs.judgement / every
        steps += 1
    return max(steps - 1, 1)


def with_short_opening(config: Config, seconds: float, costs: Seconds) -> Config:
    """The config with no more opening bursts than a twentieth of the time has room for.

    Args:
        config: The settings.
        seconds: The time of the whole training.
        costs: What the parts take.

    Example:
        >>> costs = Seconds(start=4, critic_update=0.1, generator_update=0.5, judgement=0)
        >>> with_short_opening(Config(), 600, costs).opening_bursts
        3
    """
    if not has_opening(config.schedule):
        return config
    fitting = int(_OPENING * seconds / (BURST * costs.critic_update))
    return replace(config, opening_bursts=min(config.opening_bursts, fitting))


def laid_out(config: Config, steps: int) -> Config:
    """The config with a length in steps, and intervals that suit it.

    Args:
        config: The settings.
        steps: Number of generator steps.

    Example:
        >>> laid_out(Config(minutes=10), 800).evaluate_every
        100
    """
    suited = {}
    for name, count in _AT_LEAST.items():
        every = getattr(config, name)
        if every is not None:
            suited[name] = min(every, ceil(steps / count))
    return replace(config, steps=steps, minutes=None, **suited)


def as_begun(config: Config, saved: Config) -> Config:
    """The config of a run that is resumed, with the length, and all that suits it, of the run.

    Args:
        config: The config that the run is resumed with; returned as it is without ``minutes``.
        saved: The config in the run folder.
    """
    if config.minutes is None:
        return config
    kept = {name: getattr(saved, name) for name in ("steps", "opening_bursts", *_AT_LEAST)}
    return replace(config, minutes=None, **kept)
