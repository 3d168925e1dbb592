"""What a run writes down about itself, and when: rows of numbers, pictures, films, settings."""

import warnings

import numpy as np

from acwgan.board import pages
from acwgan.board.video import video_due
from acwgan.errors import UserNotice
from acwgan.training.health import HealthCheck
from acwgan.training.previews import COLUMNS

#: Fresh samples and walks come with every so many of the grids.
_RARELY = 5
#: What the page that compares runs shows of each.
_COMPARED = ("quality/frechet_distance", "quality/class_accuracy", "wasserstein_estimate")
#: The settings that it shows first, and those that say nothing about a recipe.
_FIRST = ("networks", "n_critic", "clip_value", "gp_weight", "steps")
_NO_RECIPE = ("xla", "log_every", "sample_every", "evaluate_every", "judge", "epochs")
_NO_RECIPE += ("checkpoint_every", "keep_checkpoints")


class Recorder:
    """Everything that training writes down, but for its checkpoints.

    Args:
        log: A ``RunLog``.
        model: A ``WGAN``.
        samples: Its ``Samples``.
        class_names: Of its classes; without classes not used.
        sample_every: Generator updates between pictures.
        steps: Generator updates of the whole run.
    """

    def __init__(self, log, model, samples, class_names, *, sample_every: int, steps: int):
        self.log = log
        self._model, self._samples = model, samples
        self._watch = HealthCheck(log.run_dir)
        self._row_names = class_names if model.conditional else None
        self._sample_every, self._steps = sample_every, steps

    def begin(self, settings: dict) -> None:
        """Write the pages of a new run: settings, layout of the curves, the networks.

        Args:
            settings: Name -> value, all of the run.
        """
        recipe = [name for name in settings if name not in (*_FIRST, *_NO_RECIPE)]
        values = {name: settings[name] for name in (*_FIRST, *recipe)}
        pages.hparams(self.log.writer, self.log.run_dir, values, _COMPARED)
        pages.settings_text(self.log.writer, settings, step=0)
        pages.layout(self.log.writer)
        pages.networks_graph(self.log.writer, self._model)

    def row(self, step: int, metrics: dict[str, float], speed: float) -> dict[str, float]:
        """Write a row of numbers.

        Args:
            step: Generator updates made.
            metrics: Of the last updates.
            speed: Generator updates per second.

        Returns:
            The row: the metrics, and what only the weights tell.
        """
        row = dict(metrics)
        if self._samples.has_held_out:
            row["wasserstein_estimate_held_out"] = self._samples.held_out_estimate()
        if self._model.clip_value is not None:
            row["weights/clipped_share"] = self._model.clipped_share()
        self.log.scalars(step, row, speed)
        self._tell(step, self._watch.row(row))
        return row

    def quality(self, step: int, figures: dict[str, float]) -> None:
        """Write what the judge found.

        Args:
            step: Generator updates made.
            figures: Tag -> value.
        """
        self.log.quality(step, figures)
        self._tell(step, self._watch.quality(figures))

    def _tell(self, step, troubles):
        """Write what has gone wrong, and give notice of it."""
        if troubles:
            self.log.text(step, "warnings", "  \n".join(troubles))
        for trouble in troubles:
            warnings.warn(UserNotice(f"step {step}: {trouble}."), stacklevel=3)

    def pictures(self, step: int) -> None:
        """Write the sample grid and the critic's weights; now and then more, and a film.

        Args:
            step: Generator updates made.
        """
        log, names = self.log, self._row_names
        number = step // self._sample_every
        log.samples(step, self._samples.grid(), COLUMNS, names)
        weights = [weight.numpy().ravel() for weight in self._model.critic.trainable_variables]
        log.histogram(step, "weights/critic", np.concatenate(weights))
        if number % _RARELY == 0:
            log.picture("samples/fresh", step, self._samples.fresh(step), COLUMNS, names)
            log.picture("samples/walk", step, self._samples.walk(), COLUMNS, names)
        if video_due(number) or step + self._sample_every > self._steps:
            log.film(step)

    def classes(self) -> None:
        """Write the class embedding for the projector, where there is one."""
        points = pages.class_embeddings(self._model.average or self._model.generator)
        if points is not None:
            pages.projector(self.log.run_dir, points, self._row_names)
