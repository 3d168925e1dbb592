"""Callbacks that act at every so many generator steps, and write into a folder."""

from __future__ import annotations

from pathlib import Path

import keras

from acwgan.board.events import RunLog, shared_log
from acwgan.errors import Range


class PeriodicCallback(keras.callbacks.Callback):
    """A callback that acts at every multiple of ``every`` generator steps.

    Subclasses override ``at_step``. ``acwgan.train`` stops at each of these steps; in a plain
    ``fit`` a generator step is a batch, counted through all epochs.

    Args:
        every: Generator steps between two calls, 1 or more.

    Raises:
        ParameterError: If ``every`` is not 1 or more.

    Example:
        >>> class PrintLoss(PeriodicCallback):
        ...     def at_step(self, step, logs):
        ...         print(step, logs["loss/critic"])
        >>> PrintLoss(every=100).on_train_batch_end(200, {"loss/critic": -1.5})
        200 -1.5
    """

    #: Whether to act at the last step of a run of ``acwgan.train`` too.
    also_last = False

    def __init__(self, every: int):
        super().__init__()
        Range(whole=True, at_least=1).check("every", every)
        self.every = every
        self._step = self._before = 0  # In ``fit``: batches so far, and before this epoch.

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Count the batches of ``fit``, which begin anew in each epoch."""
        self._before = max(self._step, epoch * ((self.params or {}).get("steps") or 0))

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Call ``at_step`` if the step is a multiple of ``every``."""
        step, due = batch, batch % self.every == 0 or self._is_last(batch)
        if self._in_fit:
            step = self._before + batch + 1
            # One call of ``fit`` may make several steps.
            due = step // self.every > max(self._step, self._before) // self.every
            self._step = step
        if due:
            self.at_step(step, {} if logs is None else logs)

    def _is_last(self, batch: int) -> bool:
        return self.also_last and batch == (self.params or {}).get("steps")

    @property
    def _in_fit(self) -> bool:
        """Whether Keras' ``fit`` calls, and not ``acwgan.train``: only Keras passes ``verbose``."""
        return "verbose" in (self.params or {})

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        """Act.

        Args:
            step: Generator steps made.
            logs: Tag -> value. What is added here is seen by the callbacks after this one.
        """
        raise NotImplementedError


class LoggingCallback(PeriodicCallback):
    """A periodic callback that writes into a folder for TensorBoard.

    Args:
        log_dir: The folder; made if it does not exist. Callbacks with the same folder share its
            log. In a training of ``acwgan.train``, the ``RunLog`` of the run.
        every: Generator steps between two calls, 1 or more.
    """

    def __init__(self, log_dir: RunLog | str | Path, every: int):
        super().__init__(every)
        self._log_dir = log_dir
        self._opened: RunLog | None = log_dir if isinstance(log_dir, RunLog) else None

    @property
    def log(self) -> RunLog:
        """The log of the folder, opened at its first use."""
        if self._opened is None:
            assert not isinstance(self._log_dir, RunLog)  # It would be open.
            self._opened = shared_log(self._log_dir)
        return self._opened

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Let TensorBoard see what is written."""
        if self._opened is not None:
            self._opened.writer.flush()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Let TensorBoard see what is written."""
        if self._opened is not None:
            self._opened.writer.flush()
