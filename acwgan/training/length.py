"""The length of a run that is given in minutes: its steps, and intervals that suit so many."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import NamedTuple

from acwgan.config import Config
from acwgan.wgan.schedule import schedule_of

#: Field of ``Config`` -> how often it shall come about at least in a run whose length is measured.
_AT_LEAST = {"log_every": 40, "sample_every": 40, "evaluate_every": 8}
#: Share of the time of the updates that pictures, tables and checkpoints take.
_REST = 0.03


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
    schedule = schedule_of(config.schedule, config.n_critic)
    fewest, every = _AT_LEAST["evaluate_every"], config.evaluate_every or 1
    left = (seconds - costs.start - fewest * costs.judgement) / (1 + _REST)
    steps = 0
    while left >= 0:
        left -= schedule(steps) * costs.critic_update + costs.generator_update
        if steps >= fewest * every:
            left -= costs.judgement / every
        steps += 1
    return max(steps - 1, 1)


def laid_out(config: Config, steps: int) -> Config:
    """The config with a length in steps, and intervals that are short enough for it.

    Args:
        config: The settings.
        steps: Number of generator steps.

    Example:
        >>> laid_out(Config(minutes=10), 800).evaluate_every
        100
    """
    intervals = {}
    for name, count in _AT_LEAST.items():
        every = getattr(config, name)
        if every is not None:
            intervals[name] = min(every, ceil(steps / count))
    return replace(config, steps=steps, minutes=None, **intervals)


def as_begun(config: Config, saved: Config) -> Config:
    """The config of a run that is resumed, with the length and the intervals it began with.

    Args:
        config: The config that the run is resumed with; returned as it is without ``minutes``.
        saved: The config in the run folder.
    """
    if config.minutes is None:
        return config
    intervals = {name: getattr(saved, name) for name in _AT_LEAST}
    return replace(config, steps=saved.steps, minutes=None, **intervals)
