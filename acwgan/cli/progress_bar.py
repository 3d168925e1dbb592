"""What people see on the terminal: a progress bar, or plain lines where there is no terminal."""

import sys

from acwgan.runs.tags import TAGS

#: The metrics a person follows, and their short names.
_SHOWN = {tag.name: tag.progress for tag in TAGS if tag.progress}


class _Line:
    """A context in which a bar is shown, where there is one."""

    _bar = None

    def __enter__(self):
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_):
        if self._bar:
            self._bar.stop()


class ProgressLine(_Line):
    """Shows each ``Progress`` of ``train``; use it as a context.

    Args:
        console: A ``rich.console.Console``, where to; standard output if None.
    """

    def __init__(self, console=None):
        # rich takes longer to import than a few digits take to draw: only where it is used.
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Bar

        self._console = console or Console(highlight=False)
        self._losses = "preparing"
        if self._console.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[losses]}"),
                console=self._console,
            )
            self._task = self._bar.add_task("starting", total=1.0, losses="preparing")

    def show(self, progress) -> None:
        """Show where training stands.

        Args:
            progress: A ``pace.Progress``.
        """
        if progress.metrics:
            self._losses = "  ".join(
                f"{name} {progress.metrics[tag]:.3f}"
                for tag, name in _SHOWN.items()
                if tag in progress.metrics  # Without classes there is no accuracy.
            )
        step = f"step {progress.generator_step}/{progress.steps}"
        pace = f"{progress.speed:.2f} steps/s, {_clock(progress.seconds_left)} left"
        if self._bar:
            step = f"{step} (critic {progress.critic_steps})  {pace}"
            self._bar.update(
                self._task, completed=progress.share, description=step, losses=self._losses
            )
        elif progress.metrics:
            self._console.print(f"{step}  {self._losses}  {pace}", soft_wrap=True)


class CountLine(_Line):
    """Shows how many of a known number are done, on standard error; use it as a context.

    A bar on a terminal, else a plain line for each tenth.

    Args:
        total: How many there will be.
        what: Their name, as "digits".
    """

    def __init__(self, total: int, what: str):
        self._total, self._what = total, what
        self._tenths = 0
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True))
            self._task = self._bar.add_task(what, total=total)

    def show(self, done: int) -> None:
        """Show how many are done.

        Args:
            done: Of ``total``.
        """
        tenths = 10 * done // self._total
        if self._bar:
            self._bar.update(self._task, completed=done)
        elif tenths > self._tenths:
            print(f"{done} of {self._total} {self._what}", file=sys.stderr, flush=True)
        self._tenths = tenths


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
