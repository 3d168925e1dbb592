"""What a run writes down for people: TensorBoard events, CSV files, sample pictures."""

import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from acwgan.images import grid, save_png


class RunLog:
    """The log files of one run folder. They only ever grow, so a resume can cut them back.

    Args:
        run_dir: The run folder.
        sizes: Log file -> bytes that belong to the run so far, from the checkpoint that the run
            goes on from. What was written after it is cut off: it will be written again.
        samples_dir: For the pictures; ``samples`` in the run folder if None.
    """

    def __init__(self, run_dir: Path, sizes: dict[str, int], samples_dir: str | Path | None = None):
        self.run_dir = Path(run_dir)
        self.samples_dir = Path(samples_dir) if samples_dir else self.run_dir / "samples"
        for path in self._files():
            if path.name in sizes:
                os.truncate(path, sizes[path.name])
            else:
                path.unlink()
        self._events = tf.summary.create_file_writer(str(run_dir))

    def _files(self) -> list[Path]:
        names = ("events.out.tfevents.*", "metrics.csv", "quality.csv")
        return [path for name in names for path in self.run_dir.glob(name)]

    def sizes(self) -> dict[str, int]:
        """Log file -> its length in bytes, with everything flushed to it."""
        self._events.flush()
        return {path.name: path.stat().st_size for path in self._files()}

    def scalars(self, step: int, metrics: dict[str, float], speed: float) -> None:
        """Write one row of numbers.

        Args:
            step: Generator updates made.
            metrics: Tag -> value; the same tags in the same order every time.
            speed: Generator updates per second. For TensorBoard only: it is not the same in the
                next run, and ``metrics.csv`` is.
        """
        with self._events.as_default(step=step):
            tf.summary.scalar("speed/generator_steps_per_second", speed)
        self._row("metrics.csv", step, metrics)

    def quality(self, step: int, figures: dict[str, float]) -> None:
        """Write what the judge found.

        Args:
            step: Generator updates made.
            figures: Tag -> value; the same tags in the same order every time.
        """
        self._row("quality.csv", step, figures)

    def _row(self, name, step, values):
        with self._events.as_default(step=step):
            for tag, value in values.items():
                tf.summary.scalar(tag, value)
        path = self.run_dir / name
        lines = [] if path.exists() else [["generator_step", *values]]
        lines.append([str(step), *(f"{value:.7g}" for value in values.values())])
        with path.open("a") as file:
            file.writelines(",".join(line) + "\n" for line in lines)

    def samples(self, step: int, images: np.ndarray, columns: int) -> None:
        """Write the class grid, to ``samples/`` and under one constant tag for the step slider.

        Args:
            step: Generator updates made.
            images: ``(N, H, W, C)`` uint8, row by row.
            columns: Images a row.
        """
        picture = grid(images, columns)
        with self._events.as_default(step=step):
            tf.summary.image("samples/grid", picture[None])
        save_png(self.samples_dir / f"step-{step:08d}.png", picture)

    def close(self) -> None:
        """Flush everything and let the files go."""
        self._events.close()
