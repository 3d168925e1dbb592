"""A run in a notebook: its curves, samples and video as objects that show themselves."""

import base64
import html
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.errors import Range, UserError
from acwgan.files.atomic import whole_file
from acwgan.generation import generator, loading
from acwgan.images.grids import PICTURE_WIDTH
from acwgan.plots import curves, video
from acwgan.runs import folder, sample_pictures
from acwgan.runs.folder import named_runs
from acwgan.runs.tables import read_csv


class Run:
    """A run folder, finished or still training: what is asked for is read when it is asked for.

    Args:
        path: The run folder.

    Attributes:
        path: The same.

    Raises:
        UserError: If it is no run folder.

    Example:
        >>> run = Run("out/acwgan")  # doctest: +SKIP
        >>> run.samples()  # doctest: +SKIP
        >>> run.video().save("training.gif")  # doctest: +SKIP
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / "config.json").is_file():
            raise UserError(f"{path}: is not a run folder (no config.json)")

    def __repr__(self):
        return f"Run({str(self.path)!r})"

    @property
    def config(self):
        """The ``Config`` that it was trained with.

        Raises:
            RunFolderError: If it is not of this version.
        """
        return folder.read_config(self.path)

    @property
    def metrics(self) -> dict[str, np.ndarray]:
        """Column of ``metrics.csv`` -> ``(rows,)`` float64, ``generator_step`` first.

        Raises:
            UserError: If there are none yet.
        """
        return self._table("metrics.csv", "metrics")

    @property
    def quality(self) -> dict[str, np.ndarray]:
        """Column of ``quality.csv`` -> ``(rows,)`` float64: what the judge found under way.

        Raises:
            UserError: If there is nothing yet, or the run has no judge.
        """
        return self._table("quality.csv", "figures of a judge")

    def _table(self, name, what):
        path = self.path / name
        table = read_csv(path) if path.exists() else {}
        if not table or not len(table["generator_step"]):
            raise UserError(f"{self.path}: has no {what} yet ({name})")
        return table

    def plot(self) -> Image.Image:
        """The picture of ``acwgan plot``: losses, Wasserstein estimate and quality.

        Returns:
            A picture, which a notebook shows.

        Raises:
            UserError: If there is nothing to draw yet.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "plot.png")
            curves.plot(named_runs([self.path]), out)
            with Image.open(out) as picture:
                return picture.copy()

    def samples(self, step: int | None = None, scale: int | None = None) -> Image.Image:
        """The grid of samples of a step, its pixels as sharp squares.

        Args:
            step: Generator updates made; the newest grid if None.
            scale: Side of a square; the smallest with which the picture is 560 pixels wide if
                None.

        Returns:
            A picture, which a notebook shows.

        Raises:
            UserError: If there is none yet, or none of that step, with the nearest.
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

    def video(self, steps_per_second: float = 250, scale: int | None = None) -> "Film":
        """The GIF of ``acwgan video``: the samples so far, the losses under them.

        Args:
            steps_per_second: Generator steps in a second of it.
            scale: Side of a pixel of the samples; pictures of about 560 pixels if None. 180
                grids of digits are 7 MB so, and 3 MB with 1.

        Returns:
            What a notebook shows, and keeps in its file; it can be saved too.

        Raises:
            UserError: If there are no samples yet, or the numbers do not suit.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "video.gif")
            video.Video(named_runs([self.path]), out, steps_per_second, scale).save()
            return Film(out.read_bytes(), f"{self.path.name}: samples during training")

    def generator(self) -> generator.Generator:
        """The run's best generator, as ``acwgan.load``.

        Raises:
            UserError: If the run has no checkpoint yet.
        """
        return loading.load(self.path)


class Film:
    """An animated GIF that a notebook shows.

    Args:
        gif: Its bytes.
        about: What a reader who cannot see it is told.

    Example:
        >>> Film(b"GIF89a", "nothing")._repr_html_()
        '<img src="data:image/gif;base64,R0lGODlh" alt="nothing">'
    """

    def __init__(self, gif: bytes, about: str):
        self.gif, self._about = gif, about

    def _repr_html_(self):
        source = f"data:image/gif;base64,{base64.b64encode(self.gif).decode()}"
        return f'<img src="{source}" alt="{html.escape(self._about)}">'

    def save(self, path: str | Path) -> None:
        """Write the file.

        Args:
            path: Of the file, ``.gif``.

        Raises:
            UserError: If it has another ending.
        """
        if Path(path).suffix.lower() != ".gif":
            raise UserError(f"{path}: is written as .gif; acwgan video writes .mp4 too")
        with whole_file(path) as partial:
            partial.write_bytes(self.gif)
