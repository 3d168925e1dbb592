"""The callbacks of a training: what happens every so many generator steps.

All are Keras callbacks. ``training_loop`` lists them in the order in which they act. They work in
a plain ``fit`` too, with any model that has a ``generator``; ``docs/callbacks.md`` shows how.
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
from acwgan.evaluation.judge import Judge
from acwgan.evaluation.quick import judged_by
from acwgan.images.fonts import drawn_names
from acwgan.runs import weights
from acwgan.runs.checkpoints import checkpoints
from acwgan.training.health import HealthCheck, check_state
from acwgan.training.job import RunState, training_images
from acwgan.training.periodic import LoggingCallback, PeriodicCallback
from acwgan.training.previews import checked_how, samples_of

if TYPE_CHECKING:
    from pathlib import Path

    from acwgan.board.events import RunLog
    from acwgan.training.previews import Samples
    from acwgan.training.progress import ProgressMeter

#: Fresh samples and walks are drawn with every fifth sample grid.
_RARELY = 5


class MetricsLogger(LoggingCallback):
    """Writes rows of metrics: ``metrics.csv`` and the curves of TensorBoard.

    It adds to ``logs`` what only the networks tell. Figures of ``Quality`` are not repeated.

    Args:
        log_dir: The folder; see ``LoggingCallback``.
        every: Generator steps between two rows.
        samples: Draws from the networks, for the estimate on held-out images; None without.
        meter: Measures the speed, or None.
    """

    also_last = True

    def __init__(
        self,
        log_dir: RunLog | str | Path,
        every: int = 100,
        *,
        samples: Samples | None = None,
        meter: ProgressMeter | None = None,
    ):
        super().__init__(log_dir, every)
        self._samples, self._meter = samples, meter

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        if self._samples is not None and self._samples.has_held_out:
            logs["wasserstein_estimate_held_out"] = self._samples.held_out_estimate()
        if getattr(self.model, "clip_value", None) is not None:
            logs["weights/clipped_share"] = self.model.clipped_share()
        row = {tag: value for tag, value in logs.items() if not tag.startswith("quality/")}
        self.log.scalars(step, row, self._meter.speed() if self._meter else None)


class HealthWarnings(LoggingCallback):
    """Warns of problems, with a ``UserNotice`` and in TensorBoard.

    Args:
        log_dir: The folder; see ``LoggingCallback``.
        every: Generator steps between two looks.
        look: Logs -> problems that are new; ``HealthCheck.all`` if None: numbers that are not
            finite, a critic that has collapsed, classes that are no longer drawn.
    """

    also_last = True

    def __init__(
        self,
        log_dir: RunLog | str | Path,
        every: int = 100,
        *,
        look: Callable[[dict[str, float]], list[str]] | None = None,
    ):
        super().__init__(log_dir, every)
        self._look = look

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        if self._look is None:
            self._look = HealthCheck(self.log.run_dir).all
        problems = self._look(logs)
        if problems:
            self.log.text(step, "warnings", "  \n".join(problems))
        for problem in problems:
            warnings.warn(UserNotice(f"step {step}: {problem}."), stacklevel=2)


class SamplePictures(LoggingCallback):
    """Writes sample grids and, less often, the video of all of them, which plays in TensorBoard.

    There is also a histogram of the critic's weights, if the model has a ``critic``.

    The last step has a grid, and a video of all grids.

    Args:
        log_dir: The folder; see ``LoggingCallback``. Grids are also PNG files in ``samples``.
        every: Generator steps between two grids.
        class_names: Names of the rows; None without classes.
        samples: Draws the pictures; made for the model with ``how`` if None.
        steps: Generator steps of the whole run, whose last grid has a video; if None, there is a
            last video at the end of ``fit``.
        **how: ``latent_dim``, ``num_classes``, ``generator``, ``pixel_range``, ``latent`` and
            ``seed``: see ``previews.samples_of``. Most models need none of them.

    Example:
        >>> SamplePictures("out/mine", every=50)  # doctest: +SKIP
    """

    also_last = True

    def __init__(
        self,
        log_dir: RunLog | str | Path,
        every: int = 100,
        *,
        class_names: Sequence[str] | None = None,
        samples: Samples | None = None,
        steps: int | None = None,
        **how: Any,
    ):
        super().__init__(log_dir, every)
        self._samples, self._how, self._steps = samples, checked_how(how), steps
        self._class_names = class_names
        self._row_names: list[str] | None = None
        self._last_grid = self._last_video = 0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        if self._samples is None:
            self._samples = samples_of(self.model, **self._how)
        layout = self._samples.layout
        if self._class_names is not None:
            # Of all names, so that a number in place of a name is a label.
            names = drawn_names(self._class_names)
            self._row_names = [names[label] for label in layout.rows]
        if self._samples.layout_note:
            warnings.warn(UserNotice(self._samples.layout_note), stacklevel=2)

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        assert self._samples is not None  # Since the training began.
        log, samples, names = self.log, self._samples, self._row_names
        number = -(-step // self.every)
        columns, blocks = samples.layout.columns, samples.layout.blocks
        log.samples(step, samples.grid(), columns, names, blocks)
        self._last_grid = step
        if critic := getattr(self.model, "critic", getattr(self.model, "discriminator", None)):
            weights = [np.ravel(weight.numpy()) for weight in critic.trainable_variables]
            log.histogram(step, "weights/critic", np.concatenate(weights))
        if number % _RARELY == 0:
            log.picture("samples/fresh", step, samples.fresh(step), columns, names, blocks)
            log.picture("samples/walk", step, samples.walk(), columns, names, blocks)
        if video_due(number) or step == self._steps:
            self._write_video()

    def _write_video(self) -> None:
        self.log.video(self._last_grid)
        self._last_video = self._last_grid

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self._steps is None and self._last_grid > self._last_video:
            self._write_video()
        super().on_train_end(logs)


class Quality(LoggingCallback):
    """Judges 10,000 samples; the quality is added to ``logs`` and written.

    A run of ``acwgan.train`` with at least ``every`` steps is judged at its last step too.

    The figures are in the logs of the step and of the end of its epoch, for the callbacks after
    this one: ``EarlyStopping("quality/frechet_distance", mode="min")`` sees them.

    Args:
        log_dir: The folder; see ``LoggingCallback``. The figures are also in ``quality.csv``.
        every: Generator steps between two judgements.
        images: Training images, which the samples are compared with, in any form that
            ``acwgan.train`` takes.
        judge: A ``Judge`` or the path of its file, trained on such images (``acwgan judge``).
        class_names: Names of the classes, to add the accuracy of each.
        samples: Draws the samples; made for the model with ``how`` if None.
        **how: See ``SamplePictures``.

    Raises:
        JudgeError: If the judge does not read such images.
    """

    also_last = True

    def __init__(
        self,
        log_dir: RunLog | str | Path,
        every: int = 1000,
        *,
        images: np.ndarray,
        judge: Judge | str | Path,
        class_names: Sequence[str] | None = None,
        samples: Samples | None = None,
        **how: Any,
    ):
        super().__init__(log_dir, every)
        self._samples, self._how = samples, checked_how(how)
        self._judge = judge if isinstance(judge, Judge) else Judge(judge)
        if samples is None:  # The images of a run are checked already.
            images = training_images(images)
            self._judge.check(images.shape[1:])
        self._images, self._class_names = images, class_names
        self._quality_of: Callable[..., dict[str, float]] | None = None
        self._figures: dict[str, float] = {}

    def _is_last(self, batch: int) -> bool:  # Of a trial, which is too short to be judged, not.
        return batch >= self.every and super()._is_last(batch)

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        if self._samples is None:
            self._samples = samples_of(self.model, **self._how)
        if self._quality_of is None:
            self._quality_of = judged_by(self._judge, self._images, self._class_names)
        self._figures = self._quality_of(*self._samples.judged())
        self.log.quality(step, self._figures)
        logs.update(self._figures)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs.update(self._figures)
        super().on_epoch_end(epoch, logs)


class FiniteWeights(PeriodicCallback):
    """Stops the training with ``BadNumbersError`` if a weight is not finite.

    Args:
        every: Generator steps between two looks.
    """

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        check_state(self.model)


class BestCheckpoint(PeriodicCallback):
    """Saves a checkpoint in ``best`` whenever the Fréchet distance is the lowest so far.

    Args:
        checkpoints: Saves it.
        every: Generator steps between two judgements, as of ``Quality``, which stands before it.
    """

    also_last = True

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
            self._checkpoints.save("best", keep=1, step=step)


class Checkpoints(LoggingCallback):
    """Saves a checkpoint at each multiple of ``every``, and one where the training ends or stops.

    ``runs.restore(model, path)`` puts one of ``WGAN.fit`` back: weights and optimizers. Only
    ``acwgan.train`` resumes exactly.

    Args:
        log_dir: The folder; see ``LoggingCallback``. Checkpoints are in its ``checkpoints``.
        every: Generator steps between two checkpoints.
        keep: Number of newest checkpoints to keep.
        state: The state of the run; None in a plain ``fit``.
    """

    def __init__(
        self,
        log_dir: RunLog | str | Path,
        every: int = 1000,
        keep: int = 2,
        *,
        state: RunState | None = None,
    ):
        super().__init__(log_dir, every)
        self.state = RunState() if state is None else state
        self._keep = keep

    def at_step(self, step: int, logs: dict[str, float]) -> None:
        self.save(step=step)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        self.save(step=self._step)
        super().on_train_end(logs)

    def has_best(self) -> bool:
        """Whether there is a best checkpoint."""
        return bool(checkpoints(self.log.run_dir / "best"))

    def save(
        self, folder: str = "checkpoints", keep: int | None = None, step: int | None = None
    ) -> Path:
        """Save a checkpoint where the run stands.

        Args:
            folder: ``checkpoints`` or ``best``.
            keep: Number of newest checkpoints to keep, if not the usual one.
            step: Generator steps made; used in ``fit`` alone, which has no other count.

        Returns:
            The checkpoint folder.

        Raises:
            BadNumbersError: If a weight is not finite.
            OSError: If it cannot be written.
        """
        check_state(self.model)
        if self._in_fit and step is not None:
            self.state.generator_step = step
        position = self.state.position(self.log.sizes())
        return weights.save(self.model, self.log.run_dir / folder, position, keep or self._keep)


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
