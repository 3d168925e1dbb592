"""What people see on the terminal: a progress bar, or plain lines where there is no terminal."""

import contextlib
import os
import re
import sys
import tempfile

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

_START_UP_LINE = re.compile(r"[IWE]0000 |WARNING: All log messages before absl::InitializeLog")

#: The metrics a person follows, and their short names.
_SHOWN = {
    "loss/critic": "critic",
    "loss/generator": "generator",
    "wasserstein_estimate": "Wasserstein",
    "class/accuracy_fake": "class acc.",
}


@contextlib.contextmanager
def without_start_up_lines():
    """Keep the lines that TensorFlow's C++ writes to the terminal while it is imported.

    TF_CPP_MIN_LOG_LEVEL does not stop them (tensorflow/tensorflow issue 100442), and "Could not
    find cuda drivers" reads like a fault. Only lines of their form are dropped.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
            caught.seek(0)
            for line in caught.read().decode(errors="replace").splitlines():
                if not _START_UP_LINE.match(line):
                    print(line, file=sys.stderr)


class ProgressLine:
    """Shows each ``Progress`` of ``train``; use it as a context.

    Args:
        console: Where to; standard output if None.
    """

    def __init__(self, console: Console | None = None):
        self._console = console or Console(highlight=False)
        self._losses = "preparing"
        self._bar = None
        if self._console.is_terminal:
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[losses]}"),
                console=self._console,
            )
            self._task = self._bar.add_task("starting", total=1.0, losses="preparing")

    def __enter__(self):
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_):
        if self._bar:
            self._bar.stop()

    def show(self, progress) -> None:
        """Show where training stands.

        Args:
            progress: A ``training.Progress``.
        """
        if progress.metrics:
            self._losses = "  ".join(
                f"{name} {progress.metrics[tag]:.3f}" for tag, name in _SHOWN.items()
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


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
