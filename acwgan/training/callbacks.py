"""The callbacks of a training: what happens every so many generator steps.

All are Keras callbacks. ``training_loop`` lists them in the order in which they act.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from acwgan.board import pages
from acwgan.board.video import video_due
from acwgan.errors import UserNotice
from acwgan.evaluation.quick import judged_by
from acwgan.images.fonts import drawn_names
from acwgan.runs import weights
from acwgan.runs.checkpoints import checkpoints
from acwgan.training.health import check_state

if TYPE_CHECKING:
    from pathlib import Path

    from acwgan.board.events import RunLog
    from acwgan.evaluation.judge import Judge
    from acwgan.training.job import RunState, TrainingData
    from acwgan.training.previews import Samples
    from acwgan.training.progress import ProgressMeter

#: Fresh samples and walks are drawn with every fifth sample grid.
_RARELY = 5


class PeriodicCallback(keras.callbacks.Callback):
    """A callback that acts at every multiple of ``every`` generator steps.

    Subclasses override ``at_step``. The training loop stops at each of these steps; a Keras
    callback without ``every`` is called at whatever steps the loop stops.

    Args:
        every: Generator steps between two calls, 1 or more.

    Example:
        >>> class PrintLoss(PeriodicCallback):
        ...     def at_step(self, step, logs):
        ...         print(step, logs["loss/critic"])
        >>> PrintLoss(every=100).on_train_batch_end(200, {"loss/critic": -1.5})
        200 -1.5
    """

    def __init__(self, every: int):
        super().__init__()
        self.every = every

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Call ``at_step`` if the step is a multiple of ``every``."""
        if batch % self.every == 0:
            self.at_step(batch, {} if logs is None else logs)

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        """Act.

        Args:
            step: Generator steps made.
            logs: Tag -> value. What is added here is seen by the callbacks after this one.
        """
        raise NotImplementedError


class _AlsoLast(PeriodicCallback):
    """A ``PeriodicCallback`` that acts at the last step of the run too."""

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if batch % self.every == 0 or batch == self.params["steps"]:
            self.at_step(batch, {} if logs is None else logs)


class MetricsLogger(_AlsoLast):
    """Writes rows of metrics, after adding to ``logs`` what only the networks tell.

    The last step has a row.

    Args:
        log: The log files of the run.
        samples: Draws from the networks.
        meter: Measures the speed.
        every: Generator steps between two rows.
    """

    def __init__(self, log: RunLog, samples: Samples, meter: ProgressMeter, every: int):
        super().__init__(every)
        self._log, self._samples, self._meter = log, samples, meter

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        if self._samples.has_held_out:
            logs["wasserstein_estimate_held_out"] = self._samples.held_out_estimate()
        if self.model.clip_value is not None:
            logs["weights/clipped_share"] = self.model.clipped_share()
        self._log.scalars(step, logs, self._meter.speed())


class HealthWarnings(_AlsoLast):
    """Warns of problems, with a ``UserNotice`` and in TensorBoard.

    Args:
        log: The log files of the run.
        look: ``HealthCheck.row`` or ``HealthCheck.quality``.
        every: Generator steps between two looks.
    """

    def __init__(self, log: RunLog, look: Callable[[dict[str, float]], list[str]], every: int):
        super().__init__(every)
        self._log, self._look = log, look

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        problems = self._look(logs)
        if problems:
            self._log.text(step, "warnings", "  \n".join(problems))
        for problem in problems:
            warnings.warn(UserNotice(f"step {step}: {problem}."), stacklevel=2)


class SamplePictures(_AlsoLast):
    """Writes sample grids and a histogram of the critic's weights; less often, a video.

    The last step has a grid, and a video of all grids.

    Args:
        log: The log files of the run.
        samples: Draws the pictures.
        row_names: Class names; None without classes.
        every: Generator steps between two grids.
        steps: Generator steps of the whole run.
    """

    def __init__(
        self, log: RunLog, samples: Samples, row_names: Sequence[str] | None, every: int, steps: int
    ):
        super().__init__(every)
        self._log, self._samples = log, samples
        self._steps = steps
        self._row_names: list[str] | None = None
        if row_names is not None:
            # Of all names, so that a number in place of a name is a label.
            names = drawn_names(row_names)
            self._row_names = [names[label] for label in samples.layout.rows]

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self._samples.layout_note:
            warnings.warn(UserNotice(self._samples.layout_note), stacklevel=2)

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        log, samples, names = self._log, self._samples, self._row_names
        number = -(-step // self.every)
        columns, blocks = samples.layout.columns, samples.layout.blocks
        log.samples(step, samples.grid(), columns, names, blocks)
        weights = [weight.numpy().ravel() for weight in self.model.critic.trainable_variables]
        log.histogram(step, "weights/critic", np.concatenate(weights))
        if number % _RARELY == 0:
            log.picture("samples/fresh", step, samples.fresh(step), columns, names, blocks)
            log.picture("samples/walk", step, samples.walk(), columns, names, blocks)
        if video_due(number) or step == self._steps:
            log.video(step)


class Quality(PeriodicCallback):
    """Judges 10,000 samples; the quality is added to ``logs`` and written.

    Args:
        log: The log files of the run.
        samples: Draws the samples.
        judge: Judges them; None checks the weights alone, as workers without a judge do.
        data: Training data, which the samples are compared with.
        every: Generator steps between two judgements.
    """

    def __init__(
        self, log: RunLog, samples: Samples, judge: Judge | None, data: TrainingData, every: int
    ):
        super().__init__(every)
        self._log, self._samples, self._judge, self._data = log, samples, judge, data
        self._quality_of: Callable[..., dict[str, float]] | None = None

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        check_state(self.model)  # On all workers, which stop together: only the chief has a judge.
        if self._judge is None:
            return
        if self._quality_of is None:
            images, class_names = self._data.images, self._data.spec.class_names
            self._quality_of = judged_by(self._judge, images, class_names)
        figures = self._quality_of(*self._samples.judged())
        self._log.quality(step, figures)
        logs.update(figures)


class BestCheckpoint(PeriodicCallback):
    """Saves a checkpoint in ``best`` whenever the Fréchet distance is the lowest so far.

    Args:
        checkpoints: Saves it.
        every: Generator steps between two judgements.
    """

    def __init__(self, checkpoints: Checkpoints, every: int):
        super().__init__(every)
        self._checkpoints = checkpoints

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        distance, state = logs.get("quality/frechet_distance"), self._checkpoints.state
        if distance is None:
            return
        # The folder may have been removed by hand: then no distance counts any more.
        if state.best is None or distance < state.best or not self._checkpoints.has_best():
            state.best = distance
            self._checkpoints.save("best", keep=1)


class Checkpoints(PeriodicCallback):
    """Saves a checkpoint at each multiple of ``every``, and one where the training ends or stops.

    Args:
        log: The log files of the run.
        state: The state of the run.
        every: Generator steps between two checkpoints.
        keep: Number of newest checkpoints to keep.
    """

    def __init__(self, log: RunLog, state: RunState, every: int, keep: int):
        super().__init__(every)
        self.state = state
        self._log, self._keep = log, keep

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        self.save()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.save()

    def has_best(self) -> bool:
        """Whether there is a best checkpoint."""
        return bool(checkpoints(self._log.run_dir / "best"))

    def save(self, folder: str = "checkpoints", keep: int | None = None) -> Path:
        """Save a checkpoint where the run stands.

        Args:
            folder: ``checkpoints`` or ``best``.
            keep: Number of newest checkpoints to keep, if not the usual one.

        Returns:
            The checkpoint folder.

        Raises:
            BadNumbersError: If a weight is not finite.
            OSError: If it cannot be written.
        """
        check_state(self.model)
        position = self.state.position(self._log.sizes())
        return weights.save(self.model, self._log.run_dir / folder, position, keep or self._keep)


class BoardPages(keras.callbacks.Callback):
    """Writes the TensorBoard pages of settings, charts, networks and class embeddings.

    Args:
        log: The log files of the run.
        settings: Setting -> value, for every field of the config.
        class_names: K names; None without classes.
        new: Whether the run is new: a resumed run has all but the class embeddings already.
    """

    def __init__(
        self,
        log: RunLog,
        settings: Mapping[str, Any],
        class_names: Sequence[str] | None,
        *,
        new: bool,
    ):
        super().__init__()
        self._log, self._settings = log, settings
        self._class_names, self._new = class_names, new

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self._new:
            log = self._log
            pages.hparams(log.writer, log.run_dir, pages.recipe(self._settings), pages.COMPARED)
            pages.settings_text(log.writer, self._settings, step=0)
            pages.layout(log.writer)
            pages.networks_graph(log.writer, self.model)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        embeddings = pages.class_embeddings(self.model.average or self.model.generator)
        if embeddings is not None:
            pages.projector(self._log.run_dir, embeddings, self._class_names or ())
