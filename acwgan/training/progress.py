"""How fast a training goes, and how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import keras

if TYPE_CHECKING:
    from acwgan.training.job import RunState
    from acwgan.wgan.schedule import Schedule

#: A generator step takes about as long as this many critic steps; for the time left only.
_GENERATOR_WORK = 2


class Setup(NamedTuple):
    """What a training runs on and takes, known before it begins."""

    devices: str  # as in "the CPU (8 cores)"
    precision: str  # "float32" or "bfloat16"
    generator_weights: int
    critic_weights: int
    memory: int  # bytes, estimated: see ``training.memory``
    rates_factor: float  # by how much the learning rates are raised, 1 to 20


class Progress(NamedTuple):
    """What ``train`` passes to ``report``, about once a second."""

    generator_step: int
    steps: int  # generator steps in all
    critic_steps: int
    share: float  # of the work, 0 to 1
    seconds_left: float
    speed: float  # generator steps per second, since this process began
    metrics: dict[str, float] | None  # a new row of metrics, or None between two rows
    setup: Setup | None = None  # in the first report of a training alone

    @property
    def seconds_a_step(self) -> float:
        """Seconds that a generator step takes, with its critic steps, over the steps to come."""
        return self.seconds_left / max(self.steps - self.generator_step, 1)


class ProgressMeter:
    """Measures speed and time left.

    Work is counted in critic steps, since bursts make generator steps unequal. What is done at
    the start counts as it was done: a resumed run may have had another schedule before.

    Args:
        schedule: Critic steps before each generator step, from here on.
        steps: Generator steps in all.
        state: The state of the run, which the meter reads each time.
    """

    def __init__(self, schedule: Schedule, steps: int, state: RunState):
        self._steps, self._state = steps, state
        self._first_step = self._row_step = state.generator_step
        self._first_work = self._work()
        critic_steps_left = sum(map(schedule, range(state.generator_step, steps))) - state.done
        generator_steps_left = steps - state.generator_step
        self._total = self._first_work + critic_steps_left + _GENERATOR_WORK * generator_steps_left
        self._began = self._row_began = time.perf_counter()

    def _work(self) -> int:
        return self._state.critic_steps + _GENERATOR_WORK * self._state.generator_step

    def speed(self) -> float:
        """Generator steps per second since the last call."""
        now, step = time.perf_counter(), self._state.generator_step
        speed = (step - self._row_step) / (now - self._row_began)
        self._row_step, self._row_began = step, now
        return speed

    def progress(self, metrics: Mapping[str, float] | None = None) -> Progress:
        """Where the training stands.

        Args:
            metrics: A new row of metrics, or None between two rows.
        """
        seconds = max(time.perf_counter() - self._began, 1e-9)
        work, state = self._work(), self._state
        return Progress(
            state.generator_step,
            self._steps,
            state.critic_steps,
            share=work / self._total,
            seconds_left=seconds / max(work - self._first_work, 1) * (self._total - work),
            speed=(state.generator_step - self._first_step) / seconds,
            metrics=None if metrics is None else dict(metrics),
        )


class ProgressReport(keras.callbacks.Callback):
    """Reports progress wherever the loop stops.

    Args:
        report: Called with a ``Progress``, or None.
        meter: Measures the progress.
        every: Generator steps between two rows of metrics.
        setup: Reported before the training begins.
    """

    def __init__(
        self,
        report: Callable[[Progress], None] | None,
        meter: ProgressMeter,
        every: int,
        setup: Setup | None = None,
    ):
        super().__init__()
        self._report, self._meter, self._row_every, self._setup = report, meter, every, setup

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self._report and self._setup:
            self._report(self._meter.progress()._replace(setup=self._setup))

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        row = batch % self._row_every == 0 or batch == self.params["steps"]
        self.show(logs if row else None)

    def show(self, metrics: Mapping[str, float] | None = None) -> None:
        """Report.

        Args:
            metrics: A new row of metrics, or None.
        """
        if self._report:
            self._report(self._meter.progress(metrics))
