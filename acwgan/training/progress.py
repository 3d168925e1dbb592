"""How fast a training goes, and how long it will take."""

import time
from typing import NamedTuple

#: A generator update costs about as much as this many critic updates; for the time left only.
_GENERATOR_WORK = 2


class Progress(NamedTuple):
    """What ``train`` reports after each call of the compiled loop."""

    generator_step: int
    steps: int  # generator steps in all
    critic_steps: int
    share: float  # of the work, 0 to 1
    seconds_left: float
    speed: float  # generator steps per second, since this process began
    metrics: dict[str, float] | None  # a new row of metrics, or None between two rows


class ProgressMeter:
    """Speed and time left. Work is counted in critic updates, since bursts make steps unequal."""

    def __init__(self, schedule, steps, step, critic_steps):
        critics = sum(schedule(t) for t in range(steps))
        self._total = critics + _GENERATOR_WORK * steps
        self._steps = steps
        self._began = self._row_began = time.perf_counter()
        self._row_step = self._first_step = step
        self._first = critic_steps + _GENERATOR_WORK * step
        self.update(step, critic_steps)

    def update(self, step, critic_steps):
        self._step, self._critic_steps = step, critic_steps

    def speed(self):
        """Generator steps per second since the last call."""
        now = time.perf_counter()
        speed = (self._step - self._row_step) / (now - self._row_began)
        self._row_step, self._row_began = self._step, now
        return speed

    def progress(self, metrics):
        work = self._critic_steps + _GENERATOR_WORK * self._step
        seconds = time.perf_counter() - self._began
        return Progress(
            self._step,
            self._steps,
            self._critic_steps,
            work / self._total,
            seconds / max(work - self._first, 1) * (self._total - work),
            (self._step - self._first_step) / seconds,
            metrics,
        )
