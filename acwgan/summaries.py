"""What a run writes down for people: TensorBoard events, CSV files, sample pictures."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.plugins.histogram import metadata as histogram_plugin
from tensorboard.plugins.image import metadata as image_plugin

from acwgan import film
from acwgan.errors import UserError
from acwgan.files import flush_to_disk
from acwgan.images import grid, save_png
from acwgan.pictures import labelled_grid

#: Tag -> what it is, for TensorBoard.
DESCRIPTIONS = {
    "loss/critic": "What the critic minimises: mean score of fakes - mean score of reals, plus "
    "the weighted class and penalty terms; any sign.",
    "loss/class_real": "Cross-entropy of the critic's class head on real images, in nats, 0 or "
    "more; a guess among 10 classes is 2.3.",
    "loss/class_fake": "Cross-entropy of the critic's class head on fakes and the classes that "
    "were asked for, in nats, 0 or more.",
    "loss/penalty": "Gradient penalty mean((norm - 1)^2) before its weight, 0 or more; 0 where "
    "the critic's slope is 1.",
    "loss/generator": "What the generator minimises: -mean score of fakes, plus the weighted class "
    "term; any sign.",
    "loss/generator_class": "Cross-entropy of the critic's class head on the generator's own "
    "batch, before its weight, in nats, 0 or more.",
    "score/real": "Mean score of real images; any range, only differences mean something.",
    "score/fake": "Mean score of fakes; any range, only differences mean something.",
    "wasserstein_estimate": "Mean score of reals - mean score of fakes in the batch trained on, in "
    "units of the critic's slope; it falls as the fakes get better.",
    "wasserstein_estimate_held_out": "The same on real images that the critic never learns from; "
    "well below the other one: the critic knows its images by heart.",
    "class/accuracy_real": "Share of the real images whose class the critic reads right, 0 to 1.",
    "class/accuracy_fake": "Share of the fakes that the critic reads as the class that was asked "
    "for, 0 to 1.",
    "quality/class_accuracy": "Share of the samples that the judge reads as the class that was "
    "asked for, 0 to 1; high is good.",
    "quality/frechet_distance": "Distance between the judge's features of samples and of training "
    "images, 0 or more; low is good.",
    "gradient_norm/critic": "Norm of all gradients of the last critic update together, 0 or more.",
    "gradient_norm/generator": "Norm of all gradients of the generator update together, 0 or more.",
    "weights/clipped_share": "Share of the critic's weights at the clip bound, 0 to 1.",
    "weights/critic": "All trainable weights of the critic.",
    "speed/generator_steps_per_second": "Generator updates per second.",
    "samples/grid": "The same latents at each step; a row is a class, a column a latent.",
    "samples/fresh": "Other latents at each step.",
    "samples/walk": "Each row walks from one latent to another, the same two at each step.",
    "warnings": "What has gone wrong with the training, when it began.",
    "samples/video": "The sample pictures up to this step, one after the other.",
}
#: Bars of a histogram.
_BARS = 30
#: Milliseconds that a picture of a film is shown; the most pictures, and pixels of all of them.
_SHOWN, _MOST_PICTURES, _MOST_PIXELS = 80, 300, 24_000_000


def film_due(pictures: int) -> bool:
    """Whether it is time for a film: at 2, 3, 5, 8, 12, 18 pictures, always half as many again.

    So all films together have at most three times the pictures of the last one that was due, and
    four times with another one at the end. A run that is resumed makes the same.

    Args:
        pictures: How many the run has written.

    Example:
        >>> [pictures for pictures in range(50) if film_due(pictures)]
        [2, 3, 5, 8, 12, 18, 27, 41]
    """
    due = 2
    while due < pictures:
        due = -(-3 * due // 2)
    return due == pictures


class RunLog:
    """The log files of one run folder. They only ever grow, so a resume can cut them back.

    Args:
        run_dir: The run folder.
        sizes: Log file -> bytes that belong to the run so far, from the checkpoint that the run
            goes on from. What was written after it is cut off: it will be written again.
        samples_dir: For the pictures; ``samples`` in the run folder if None.

    Attributes:
        writer: Of the TensorBoard events.
    """

    def __init__(self, run_dir: Path, sizes: dict[str, int], samples_dir: str | Path | None = None):
        self.run_dir = Path(run_dir)
        self.samples_dir = Path(samples_dir) if samples_dir else self.run_dir / "samples"
        for path in self._files():
            if path.name in sizes:
                # Never longer: after a power cut the disk may have less than the checkpoint says.
                os.truncate(path, min(sizes[path.name], path.stat().st_size))
            else:
                path.unlink()
        self.writer = tf.summary.create_file_writer(str(run_dir))
        self._described = set()

    def _files(self) -> list[Path]:
        names = ("events.out.tfevents.*", "metrics.csv", "quality.csv")
        return [path for name in names for path in self.run_dir.glob(name)]

    def sizes(self) -> dict[str, int]:
        """Log file -> its length in bytes, with everything flushed to the disk."""
        self.writer.flush()
        for path in self._files():
            flush_to_disk(path)
        return {path.name: path.stat().st_size for path in self._files()}

    def scalars(self, step: int, metrics: dict[str, float], speed: float) -> None:
        """Write one row of numbers.

        Args:
            step: Generator updates made.
            metrics: Tag -> value; the same tags in the same order every time.
            speed: Generator updates per second. For TensorBoard only: it is not the same in the
                next run, and ``metrics.csv`` is.
        """
        self._scalar("speed/generator_steps_per_second", step, speed)
        self._row("metrics.csv", step, metrics)

    def quality(self, step: int, figures: dict[str, float]) -> None:
        """Write what the judge found.

        Args:
            step: Generator updates made.
            figures: Tag -> value; the same tags in the same order every time.
        """
        self._row("quality.csv", step, figures)

    def _row(self, name, step, values):
        for tag, value in values.items():
            self._scalar(tag, step, value)
        path = self.run_dir / name
        lines = [] if path.exists() else [["generator_step", *values]]
        lines.append([str(step), *(f"{value:.7g}" for value in values.values())])
        with path.open("a") as file:
            file.writelines(",".join(line) + "\n" for line in lines)

    def _scalar(self, tag, step, value):
        with self.writer.as_default(step=step):
            tf.summary.scalar(tag, value, description=self._description(tag))

    def _description(self, tag):
        """What a tag is, the first time: TensorBoard reads it there and nowhere else."""
        if tag in self._described:
            return None
        self._described.add(tag)
        of_all, _, name = tag.rpartition("/")
        if tag not in DESCRIPTIONS and of_all in DESCRIPTIONS:
            return f"For the class {name} alone. {DESCRIPTIONS[of_all]}"
        return DESCRIPTIONS.get(tag)

    def text(self, step: int, tag: str, text: str) -> None:
        """Write a line of words. TensorBoard only.

        Args:
            step: Generator updates made.
            tag: One for all steps.
            text: Markdown.
        """
        with self.writer.as_default(step=step):
            tf.summary.text(tag, text, description=self._description(tag))

    def histogram(self, step: int, tag: str, values: np.ndarray) -> None:
        """Write how numbers are spread, in 30 bars of one width. TensorBoard only.

        Args:
            step: Generator updates made.
            tag: One for all steps.
            values: Any shape; what is not finite is left out.
        """
        # Not tf.summary.histogram, which takes 240 bytes of memory for each value.
        counts, edges = np.histogram(values[np.isfinite(values)], _BARS)
        bars = np.stack([edges[:-1], edges[1:], counts], axis=1)
        self._tensor(histogram_plugin, tag, step, bars)

    def _tensor(self, plugin, tag, step, values):
        """Write what a plugin of TensorBoard reads, where ``tf.summary`` has no function for it."""
        about = plugin.create_summary_metadata(None, self._description(tag))
        with self.writer.as_default():
            tf.summary.write(tag, tf.constant(values), step, about)

    def samples(
        self, step: int, images: np.ndarray, columns: int, row_names: Sequence[str] | None = None
    ) -> None:
        """Write the class grid, to ``samples/`` as it is and to ``samples/grid`` as a ``picture``.

        Args:
            step: Generator updates made.
            images: ``(N, H, W, C)`` uint8, row by row.
            columns: Images a row.
            row_names: As in ``picture``.
        """
        self.picture("samples/grid", step, images, columns, row_names)
        save_png(self.samples_dir / f"step-{step:08d}.png", grid(images, columns))

    def picture(
        self,
        tag: str,
        step: int,
        images: np.ndarray,
        columns: int,
        row_names: Sequence[str] | None = None,
    ) -> None:
        """Write a grid, enlarged and with its names, for TensorBoard only.

        Args:
            tag: One for all steps, for the step slider.
            step: Generator updates made.
            images: ``(N, H, W, C)`` uint8, row by row.
            columns: Images a row.
            row_names: A name for each row, or None.
        """
        picture = labelled_grid(images, columns, row_names)
        with self.writer.as_default(step=step):
            tf.summary.image(tag, picture[None], description=self._description(tag))

    def film(self, step: int) -> None:
        """Write the pictures in ``samples/`` up to a step as an animated GIF, ``samples/video``.

        It has at most 300 pictures and 24 million pixels, in 32 levels of grey or of each colour,
        and is as small as they are, since TensorBoard scales it. 180 pictures of 100 digits are
        2.7 MB; with all levels they are 5.4 MB, and twice as large 13 MB. There is no film
        without pictures, nor with another one put between them: the training goes on.

        Args:
            step: Generator updates made.
        """
        paths = [path for _, path in film.sample_pictures(self.samples_dir, step)]
        with contextlib.suppress(UserError):
            if paths:
                self._tensor(image_plugin, "samples/video", step, _film(paths))

    def close(self) -> None:
        """Flush everything and let the files go."""
        self.writer.close()


def _film(paths):
    """Width and height as text and the bytes of the GIF, as TensorBoard's images plugin has it."""
    (width, height), _ = film.check_sizes(paths[-1:])
    paths = film.thinned(paths, max(2, min(_MOST_PICTURES, _MOST_PIXELS // (width * height))))
    _, all_grey = film.check_sizes(paths)
    pictures = (film.read_picture(path).convert("L" if all_grey else "RGB") for path in paths)
    frames = (film.LEVELS[np.asarray(picture)] for picture in pictures)
    shown = [_SHOWN] * (len(paths) - 1) + [1000 * film.LAST_SECONDS]
    return [str(width), str(height), film.gif(frames, shown)]
