"""Progress of a command: a bar on a terminal, else plain lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Self

from acwgan.cli.output import note
from acwgan.messages import printable
from acwgan.runs.tags import TAGS

if TYPE_CHECKING:
    from rich.console import Console

    from acwgan.training.progress import Progress

#: Metric -> its short name in the progress of a training.
_SHOWN = {tag.name: tag.progress for tag in TAGS if tag.progress}


class _Line:
    """A context in which a bar is shown if there is a terminal."""

    _bar: Any = None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()


class ProgressLine(_Line):
    """Shows the progress of a training; use it as a context.

    Args:
        console: A ``rich.console.Console``; standard output if None.
    """

    def __init__(self, console: Console | None = None):
        # Imported only here: rich takes longer to import than a few digits take to draw.
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Bar

        self._console = console or Console(highlight=False)
        self._losses, self._first = "preparing", True
        if self._console.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[losses]}"),
                console=self._console,
            )
            self._task = self._bar.add_task("starting", total=1.0, losses="preparing")

    def say(self, *lines: str) -> None:
        """Print lines, above the bar if there is one.

        Args:
            *lines: The lines.
        """
        for line in lines:
            self._console.print(printable(line), soft_wrap=True, markup=False)

    def show(self, progress: Progress) -> None:
        """Show the progress. On a pipe, the first step has a line too: it says how long one takes.

        Args:
            progress: What ``acwgan.train`` reports.
        """
        if progress.metrics:
            self._losses = "  ".join(
                f"{name} {progress.metrics[tag]:.3f}"
                for tag, name in _SHOWN.items()
                if tag in progress.metrics  # There is no accuracy without classes.
            )
        step = f"step {progress.generator_step}/{progress.steps}"
        speed = f"{_speed(progress)}, {_clock(progress.seconds_left)} left"
        if self._bar:
            step = f"{step} (critic {progress.critic_steps})  {speed}"
            self._bar.update(
                self._task, completed=progress.share, description=step, losses=self._losses
            )
        elif progress.metrics:
            self._console.print(f"{step}  {self._losses}  {speed}", soft_wrap=True)
        elif self._first and progress.generator_step:
            self.say(f"{step}  {speed}")
        self._first = self._first and not progress.generator_step


class CountLine(_Line):
    """Shows how many items are done, on standard error; use it as a context.

    On a terminal it is a bar, else a plain line for each tenth.

    Args:
        total: Number of items in all.
        what: Name of the items, as "digits".
    """

    def __init__(self, total: int, what: str):
        self._total, self._what = total, what
        self._tenths = 0
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True))
            self._task = self._bar.add_task(what, total=total)

    def show(self, done: int) -> None:
        """Show how many items are done.

        Args:
            done: Number of items, from 0 to ``total``.
        """
        tenths = 10 * done // self._total
        if self._bar:
            self._bar.update(self._task, completed=done)
        elif tenths > self._tenths:
            note(f"{done} of {self._total} {self._what}")
        self._tenths = tenths


def _speed(progress: Progress) -> str:
    """Steps in a second so far, or the seconds that a step takes where it takes long."""
    if progress.speed >= 0.1:
        return f"{progress.speed:.2f} steps/s"
    return f"{progress.seconds_a_step:.1f} s/step"


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
