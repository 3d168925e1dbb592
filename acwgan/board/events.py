"""The log files of a run: TensorBoard events, ``metrics.csv``, ``quality.csv``, sample pictures."""

import csv
import os
import warnings
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.plugins.histogram import metadata as histogram_plugin
from tensorboard.plugins.image import metadata as image_plugin

from acwgan.board.video import encoded_video
from acwgan.errors import UserError, UserNotice
from acwgan.files.atomic import flush_to_disk
from acwgan.images.grids import grid, labelled_grid
from acwgan.images.png import save_png
from acwgan.runs import sample_pictures
from acwgan.runs.file_names import LOGS, SAMPLES
from acwgan.runs.tags import CLASS_ACCURACY, DESCRIPTIONS, WORST_CLASSES, class_of

#: Bars of a histogram.
_BARS = 30
#: Most classes that have a curve each in TensorBoard, and how many of more are in a table.
_MOST_CURVES, _WORST = 20, 20


class RunLog:
    """The log files of one run folder. Use it with ``contextlib.closing``.

    Log files are only ever appended to, so a resumed run can cut them back to a checkpoint.

    Args:
        run_dir: The run folder.
        sizes: Log file -> its length in bytes at the checkpoint that the run resumes from. What
            was written after the checkpoint is cut off, since the run writes it again; log files
            that are not listed are removed. None to leave all that is there and add to it.
        samples_dir: Folder for the sample pictures; ``samples`` in the run folder if None.

    Attributes:
        run_dir: The run folder.
        samples_dir: Folder of the sample pictures.
        writer: ``tf.summary`` writer of the TensorBoard events.
    """

    def __init__(
        self,
        run_dir: str | Path,
        sizes: Mapping[str, int] | None,
        samples_dir: str | Path | None = None,
    ):
        self.run_dir = Path(run_dir)
        self.samples_dir = Path(samples_dir) if samples_dir else self.run_dir / SAMPLES
        if sizes is not None:
            self._cut_back(sizes)
        self.writer = tf.summary.create_file_writer(str(run_dir))
        self._described: set[str] = set()
        self._why_no_video = ""

    def _files(self) -> list[Path]:
        return [path for name in LOGS for path in self.run_dir.glob(name)]

    def _cut_back(self, sizes: Mapping[str, int]) -> None:
        for path in self._files():
            if path.name in sizes:
                # Never longer: after a power cut the disk may have less than the checkpoint says.
                os.truncate(path, min(sizes[path.name], path.stat().st_size))
            else:
                path.unlink()

    def sizes(self) -> dict[str, int]:
        """Log file -> its length in bytes, after everything is flushed to the disk."""
        self.writer.flush()
        for path in self._files():
            flush_to_disk(path)
        flush_to_disk(self.run_dir)  # Their names: else a power cut may take a file as a whole.
        return {path.name: path.stat().st_size for path in self._files()}

    def scalars(self, step: int, metrics: Mapping[str, float], speed: float | None) -> None:
        """Write a row of ``metrics.csv``, and the same values for TensorBoard.

        Args:
            step: Generator step.
            metrics: Tag -> value; the same tags in the same order in every call.
            speed: Generator steps per second, or None. For TensorBoard only: ``metrics.csv`` is
                the same in every run of a config.
        """
        if speed is not None:
            self._scalar("speed/generator_steps_per_second", step, speed)
        for tag, value in metrics.items():
            self._scalar(tag, step, value)
        self._row("metrics.csv", step, metrics)

    def quality(self, step: int, figures: Mapping[str, float]) -> None:
        """Write a row of ``quality.csv``, and the same values for TensorBoard.

        TensorBoard gets no curve of each of more than 20 classes, but a table of the 20 worst.

        Args:
            step: Generator step.
            figures: Tag -> value; the same tags in the same order in every call.
        """
        of_classes = {tag: class_of(tag) for tag in figures}
        many = sum(name is not None for name in of_classes.values()) > _MOST_CURVES
        for tag, value in figures.items():
            if not many or of_classes[tag] is None:
                self._scalar(tag, step, value)
        if many:
            worst = sorted((figures[tag], name) for tag, name in of_classes.items() if name)
            lines = ["| class | accuracy |", "|---|---|"]
            lines += [f"| {_markdown(name)} | {value:.1%} |" for value, name in worst[:_WORST]]
            self.text(step, WORST_CLASSES, "\n".join(lines))
        self._row("quality.csv", step, figures)

    def _row(self, name: str, step: int, values: Mapping[str, float]) -> None:
        path = self.run_dir / name
        lines = [] if path.exists() else [["generator_step", *values]]
        lines.append([str(step), *(f"{value:.7g}" for value in values.values())])
        with path.open("a", encoding="utf-8", newline="") as file:
            # Names of classes may have commas.
            csv.writer(file, lineterminator="\n").writerows(lines)

    def _scalar(self, tag: str, step: int, value: float) -> None:
        with self.writer.as_default(step=step):
            tf.summary.scalar(tag, value, description=self._description(tag))

    def _description(self, tag: str) -> str | None:
        """The description of a tag at its first use: TensorBoard reads no later one."""
        if tag in self._described:
            return None
        self._described.add(tag)
        name = class_of(tag)
        if name is not None:
            return f"For the class {_markdown(name)} alone. {DESCRIPTIONS[CLASS_ACCURACY]}"
        return DESCRIPTIONS.get(tag)

    def text(self, step: int, tag: str, text: str) -> None:
        """Write a text, for TensorBoard only.

        Args:
            step: Generator step.
            tag: The same tag at all steps.
            text: Markdown.
        """
        with self.writer.as_default(step=step):
            tf.summary.text(tag, text, description=self._description(tag))

    def histogram(self, step: int, tag: str, values: np.ndarray) -> None:
        """Write a histogram with 30 bars of equal width, for TensorBoard only.

        Args:
            step: Generator step.
            tag: The same tag at all steps.
            values: Any shape; non-finite values are left out.
        """
        # Not tf.summary.histogram, which takes 240 bytes of memory for each value.
        counts, edges = np.histogram(values[np.isfinite(values)], _BARS)
        bars = np.stack([edges[:-1], edges[1:], counts], axis=1)
        self._tensor(histogram_plugin, tag, step, bars)

    def _tensor(self, plugin: ModuleType, tag: str, step: int, values: Any) -> None:
        """Write the tensor of a TensorBoard plugin that ``tf.summary`` has no function for."""
        metadata = plugin.create_summary_metadata(None, self._description(tag))
        with self.writer.as_default():
            tf.summary.write(tag, tf.constant(values), step, metadata)

    def samples(
        self,
        step: int,
        images: np.ndarray,
        columns: int,
        row_names: Sequence[str] | None = None,
        blocks: int = 1,
    ) -> None:
        """Write the sample grid: a PNG file in ``samples_dir``, and ``samples/grid``.

        Args:
            step: Generator step.
            images: ``(N, H, W, C)`` uint8, row by row.
            columns: Images per row.
            row_names: See ``picture``; the file has none.
            blocks: Blocks of rows side by side.
        """
        self.picture("samples/grid", step, images, columns, row_names, blocks)
        save_png(self.samples_dir / f"step-{step:08d}.png", grid(images, columns, blocks))

    def picture(
        self,
        tag: str,
        step: int,
        images: np.ndarray,
        columns: int,
        row_names: Sequence[str] | None = None,
        blocks: int = 1,
    ) -> None:
        """Write an enlarged grid with row names, for TensorBoard only.

        Args:
            tag: The same tag at all steps, which gives the picture its step slider.
            step: Generator step.
            images: ``(N, H, W, C)`` uint8, row by row.
            columns: Images per row.
            row_names: A name for each row, or None.
            blocks: Blocks of rows side by side.
        """
        picture = labelled_grid(images, columns, row_names, blocks=blocks)
        with self.writer.as_default(step=step):
            tf.summary.image(tag, picture[None], description=self._description(tag))

    def video(self, step: int) -> None:
        """Write the sample pictures up to a step as an animated GIF, ``samples/video``.

        The GIF has at most 300 frames and 24 million pixels, in 32 levels of grey or of each
        color. Its frames are not enlarged, since TensorBoard scales them: 180 frames of 100
        digits take 2.7 MB, with all levels 5.4 MB, and at twice the size 13 MB. Large ones are
        shrunk. Without pictures, no video is written. With a foreign picture among them, none is
        written either; a ``UserNotice`` names it, once, and the training continues.

        Args:
            step: Generator step.
        """
        paths = [path for _, path in sample_pictures.sample_pictures(self.samples_dir, step)]
        if not paths:
            return
        try:
            self._tensor(image_plugin, "samples/video", step, encoded_video(paths))
        except UserError as error:
            if str(error) != self._why_no_video:
                self._why_no_video = str(error)
                warnings.warn(UserNotice(f"TensorBoard gets no video: {error}"), stacklevel=2)

    def close(self) -> None:
        """Flush and close the TensorBoard events."""
        self.writer.close()


#: Path -> the log that is open there: TensorBoard reads one file of events after another, so what
#: writes into a folder shares one.
_open_logs: weakref.WeakValueDictionary[Path, RunLog] = weakref.WeakValueDictionary()


def shared_log(log_dir: str | Path) -> RunLog:
    """The log of a folder that is no run folder, the same one for all who ask for it.

    Args:
        log_dir: The folder; made if it does not exist. What is in it stays.
    """
    path = Path(log_dir).absolute()
    log = _open_logs.get(path)
    if log is None:
        (path / "samples").mkdir(parents=True, exist_ok=True)
        log = _open_logs[path] = RunLog(path, None)
    return log


def _markdown(name: str) -> str:
    """A class name for TensorBoard's Markdown, which shows it as it is."""
    return "".join(
        letter if letter.isalnum() or letter in " -" else f"&#{ord(letter)};" for letter in name
    )
