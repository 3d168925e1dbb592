"""A run in a notebook: its curves, samples and video as objects that show themselves."""

import base64
import html
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from acwgan.config import Config
from acwgan.errors import Range, UserError
from acwgan.files.atomic import whole_file
from acwgan.files.endings import check_ending
from acwgan.generation import generator, loading
from acwgan.images.grids import PICTURE_WIDTH
from acwgan.moved import renamed
from acwgan.plots import curves, video
from acwgan.runs import folder, sample_pictures
from acwgan.runs.folder import named_runs
from acwgan.runs.tables import read_csv


class Run:
    """A run, finished or still training. Its files are read anew at each call.

    Args:
        path: Path of the run folder.

    Attributes:
        path: Path of the run folder.

    Raises:
        UserError: If the folder is not a run folder.

    Example:
        >>> run = Run("out/acwgan")  # doctest: +SKIP
        >>> run.samples()  # doctest: +SKIP
        >>> run.video().save("training.gif")  # doctest: +SKIP
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / "config.json").is_file():
            raise UserError(f"{path}: is not a run folder (no config.json)")

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"

    @property
    def config(self) -> Config:
        """The settings of the run.

        Raises:
            RunFolderError: If another version wrote them.
        """
        return folder.read_config(self.path)

    @property
    def metrics(self) -> dict[str, np.ndarray]:
        """Column of ``metrics.csv`` -> ``(rows,)`` float64, ``generator_step`` first.

        Raises:
            UserError: If the run has no metrics yet.
        """
        return self._table("metrics.csv", "metrics")

    @property
    def quality(self) -> dict[str, np.ndarray]:
        """Column of ``quality.csv`` -> ``(rows,)`` float64: figures of the judge.

        Raises:
            UserError: If nothing has been judged yet, or the run has no judge.
        """
        return self._table("quality.csv", "figures of a judge")

    def _table(self, name: str, what: str) -> dict[str, np.ndarray]:
        path = self.path / name
        table = read_csv(path) if path.exists() else {}
        if not table or not len(table["generator_step"]):
            raise UserError(f"{self.path}: has no {what} yet ({name})")
        return table

    def plot(self) -> Image.Image:
        """The picture of ``acwgan plot``: losses, Wasserstein estimate and quality.

        Returns:
            A picture that a notebook shows.

        Raises:
            UserError: If the run has no metrics yet.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "plot.png")
            curves.plot(named_runs([self.path]), out)
            with Image.open(out) as picture:
                return picture.copy()

    def samples(self, step: int | None = None, scale: int | None = None) -> Image.Image:
        """A grid of samples, enlarged without smoothing.

        Args:
            step: Generator step of the grid; the newest if None.
            scale: Side of a pixel, 1 or more; if None, the smallest with which the picture is at
                least 560 pixels wide.

        Returns:
            A picture that a notebook shows.

        Raises:
            UserError: If there are no samples yet, or none of this step.
        """
        found = dict(sample_pictures.sample_pictures(self.path / "samples"))
        if not found:
            raise UserError(f"{self.path}: has no pictures of samples yet (samples/step-*.png)")
        step = max(found) if step is None else step
        if step not in found:
            nearest = min(found, key=lambda other: abs(other - step))
            raise UserError(f"{self.path}: has no samples of step {step}; the nearest: {nearest}")
        picture = sample_pictures.read_picture(found[step])
        if scale is None:
            scale = -(-PICTURE_WIDTH // picture.width)
        Range(whole=True, at_least=1).check("scale", scale)
        size = (scale * picture.width, scale * picture.height)
        return picture.resize(size, Image.Resampling.NEAREST)

    def video(self, steps_per_second: float = 250, scale: int | None = None) -> "AnimatedGif":
        """The GIF of ``acwgan video``: all samples so far, with step and losses.

        Args:
            steps_per_second: Generator steps in a second of the video, above 0.
            scale: Side of a pixel of the samples, 1 or more; if None, the pictures are about 560
                pixels wide. 180 grids of digits are then 7 MB, and 3 MB with a scale of 1.

        Returns:
            A GIF that a notebook shows and stores in its file.

        Raises:
            UserError: If there are no samples yet, or an argument does not suit them.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "video.gif")
            video.Video(named_runs([self.path]), out, steps_per_second, scale).save()
            return AnimatedGif(out.read_bytes(), f"{self.path.name}: samples during training")

    def generator(self) -> generator.Generator:
        """The generator of the best checkpoint, as ``acwgan.load`` returns it.

        Raises:
            UserError: If the run has no checkpoint yet.
        """
        return loading.load(self.path)


class AnimatedGif:
    """An animated GIF that a notebook shows.

    Args:
        gif: Bytes of the GIF file.
        description: Alternative text, for readers who cannot see the picture.

    Attributes:
        gif: Bytes of the GIF file.

    Example:
        >>> AnimatedGif(b"GIF89a", "nothing")._repr_html_()
        '<img src="data:image/gif;base64,R0lGODlh" alt="nothing">'
    """

    def __init__(self, gif: bytes, description: str):
        self.gif, self._description = gif, description

    def _repr_html_(self) -> str:
        source = f"data:image/gif;base64,{base64.b64encode(self.gif).decode()}"
        return f'<img src="{source}" alt="{html.escape(self._description)}">'

    def save(self, path: str | Path) -> None:
        """Write the GIF into a file.

        Args:
            path: Path of the new file, ``.gif``.

        Raises:
            ParameterError: If ``path`` has another ending.
        """
        check_ending("path", path, ".gif")
        with whole_file(path) as partial:
            partial.write_bytes(self.gif)


def __getattr__(name: str) -> Any:
    return renamed(__name__, name)
