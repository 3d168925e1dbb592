"""What a run writes down for people: TensorBoard events, CSV files, sample pictures."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard.plugins.histogram import metadata as histogram_plugin
from tensorboard.plugins.image import metadata as image_plugin

from acwgan.board.video import encoded_video
from acwgan.errors import UserError
from acwgan.files.atomic import flush_to_disk
from acwgan.images.grids import grid, labelled_grid
from acwgan.images.png import save_png
from acwgan.runs import sample_pictures
from acwgan.runs.tags import DESCRIPTIONS

#: Bars of a histogram.
_BARS = 30


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
        flush_to_disk(self.run_dir)  # Their names: else a power cut may take a file as a whole.
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
        paths = [path for _, path in sample_pictures.sample_pictures(self.samples_dir, step)]
        with contextlib.suppress(UserError):
            if paths:
                self._tensor(image_plugin, "samples/video", step, encoded_video(paths))

    def close(self) -> None:
        """Flush everything and let the files go."""
        self.writer.close()
