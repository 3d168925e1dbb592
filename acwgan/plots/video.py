"""A training as a video: the sample pictures of one run or of several, the losses under them."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from acwgan.errors import Range, UserError
from acwgan.files.atomic import whole_file
from acwgan.files.endings import check_ending
from acwgan.images import gif, mp4
from acwgan.images.gif import LAST_SECONDS, write_gif
from acwgan.runs import sample_pictures
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import TAGS

#: Pixels that a picture of samples is about wide, unless the scale is given.
_WIDTH = 560
#: Column of ``metrics.csv`` -> its word in the picture.
_LOSSES = {tag.name: tag.caption for tag in TAGS if tag.caption}
#: Words; numbers and names.
_DIM, _BRIGHT = "#9a9a9a", "#ffffff"
#: Ticks a second, and those that a frame stays at least: a GIF counts in 10 ms, and browsers show
#: no frame for less than two of them.
_RATES = {".gif": (100, 2), ".mp4": (25, 1)}
#: Seconds that a picture may stay; a GIF knows no more than 655.
_LONGEST = 600


class _Run(NamedTuple):
    name: str
    steps: list[int]
    paths: list[Path]
    size: tuple[int, int]
    grey: bool
    rows: np.ndarray  # the steps of metrics.csv
    losses: list[tuple[str, np.ndarray, int]]  # word, values, decimals

    def at(self, step: int) -> tuple[Path | None, list[tuple[str, str]]]:
        """The newest picture at a step; (word, number) of all that is said under it."""
        number = bisect_right(self.steps, step) - 1
        if number < 0:
            return None, []
        step = self.steps[number]
        row = np.searchsorted(self.rows, step, "right") - 1
        said = [("step", f"{step:,}")]
        for word, values, decimals in self.losses:
            said.append((word, _number(values[row], decimals) if row >= 0 else "-"))
        return self.paths[number], said


class Video:
    """The video of a training, its clock the generator steps. Checks all but the pixels at once.

    Args:
        runs: Name in the picture -> run folder. Several are shown side by side on one clock; one
            that is shorter stays at its last picture.
        out: Of the new file, ``.gif`` or ``.mp4``.
        steps_per_second: Generator steps in a second of the video, above 0.
        scale: Side of a pixel of the samples; None for pictures of about 560 pixels.

    Raises:
        UserError: If a run has no samples, they are not of one size, or the options do not suit.
    """

    def __init__(
        self,
        runs: Mapping[str, str | Path],
        out: str | Path,
        steps_per_second: float = 250.0,
        scale: int | None = None,
    ):
        Range(above=0).check("steps_per_second", steps_per_second)
        if scale is not None:
            Range(whole=True, at_least=1).check("scale", scale)
        self._out = Path(out)
        self._kind = check_ending("out", out, *_RATES)
        if self._kind == ".mp4":
            mp4.ffmpeg()
        tracks = [_read_run(name, Path(folder)) for name, folder in runs.items()]
        steps = sorted(set().union(*(run.steps for run in tracks)))
        if max((b - a for a, b in pairwise(steps)), default=0) / steps_per_second > _LONGEST:
            wanted = f"so many that no picture stays longer than {_LONGEST} s"
            raise UserError(f"--steps-per-second: {steps_per_second:g} are too few; {wanted}")
        self._shown = timeline(steps, steps_per_second, *_RATES[self._kind])
        self._screen = _Screen(tracks, [step for step, _ in self._shown], scale)

    def __len__(self):
        """Pictures in it."""
        return len(self._shown)

    def save(self, report: Callable[[int], None] = lambda done: None) -> None:
        """Write the file, picture by picture.

        Args:
            report: Is called with the number of pictures that are done.

        Raises:
            UserError: If a picture is torn; nothing is written then.
        """
        frames = self._frames(report)
        ticks = [ticks for _, ticks in self._shown]
        with whole_file(self._out) as partial:
            if self._kind == ".gif":
                few = (gif.LEVELS[frame] for frame in frames)
                with partial.open("wb") as file:
                    write_gif(file, few, [10 * each for each in ticks])
            else:
                repeated = (f for f, n in zip(frames, ticks, strict=True) for _ in range(n))
                mp4.write_mp4(partial, repeated, _RATES[".mp4"][0])

    def _frames(self, report) -> Iterator[np.ndarray]:
        for number, (step, _) in enumerate(self._shown, 1):
            yield self._screen.frame(step)
            report(number)


class _Screen:
    """Where everything stands; it stands still from frame to frame."""

    def __init__(self, runs, steps, scale):
        size = np.max([run.size for run in runs], axis=0).tolist()
        most = sample_pictures.MOST_SIDE // max(size)
        if scale is not None and scale > most:
            raise UserError(f"--scale: {scale} is too large for these pictures; at most {most}")
        self._runs = runs
        self._scale = scale or min(most, max(1, round(_WIDTH / size[0])))
        shapes = [_shapes(run.at(step)[1] for step in steps) for run in runs]
        self._font = _font(shapes, self._scale * size[0])
        if self._font is None:
            least = next(n for n in count(1) if _font(shapes, n * size[0]))
            raise UserError(f"--scale: {self._scale} leaves no room for text; at least {least}")
        self._widths = [_widths(each, self._font) for each in shapes]
        self._width, self._height = (self._scale * side for side in size)
        self._line = 2 * int(self._font.size)
        self._top = self._line if len(runs) > 1 else 0
        self._lefts = [number * (self._width + self._line) for number in range(len(runs))]
        self._empty = self._with_names()

    def _with_names(self):
        sides = (self._lefts[-1] + self._width, self._top + self._height + self._line)
        # H.264 stores the colours of 2x2 pixels as one.
        even = tuple(side + side % 2 for side in sides)
        canvas = Image.new("L" if all(run.grey for run in self._runs) else "RGB", even)
        if self._top:
            draw = ImageDraw.Draw(canvas)
            for left, run in zip(self._lefts, self._runs, strict=True):
                place = (left + self._width / 2, self._top / 2)
                draw.text(place, _cut(run.name, self._width, self._font), _BRIGHT, self._font, "mm")
        return canvas

    def frame(self, step) -> np.ndarray:
        canvas = self._empty.copy()
        for left, run, widths in zip(self._lefts, self._runs, self._widths, strict=True):
            path, said = run.at(step)
            if path is not None:
                self._paste(canvas, left, sample_pictures.read_picture(path))
                self._say(ImageDraw.Draw(canvas), left, said, widths)
        return np.asarray(canvas)

    def _paste(self, canvas, left, picture):
        size = [self._scale * side for side in picture.size]
        picture = picture.resize(size, Image.Resampling.NEAREST)
        x, y = (self._width - picture.width) // 2, (self._height - picture.height) // 2
        canvas.paste(picture, (left + x, self._top + y))

    def _say(self, draw, left, said, widths):
        """From edge to edge, each word at its left and each number at its right end."""
        pad = self._font.size / 2
        space = (self._width - 2 * pad - sum(widths)) / max(1, len(widths) - 1)
        x, y = left + pad, self._top + self._height + self._line / 2
        for (word, number), width in zip(said, widths, strict=True):
            draw.text((x, y), word, _DIM, self._font, "lm")
            draw.text((x + width, y), number, _BRIGHT, self._font, "rm")
            x += width + space


def _read_run(name, folder):
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a run folder")
    pictures = sample_pictures.sample_pictures(folder / "samples")
    if not pictures:
        raise UserError(f"{folder}: has no pictures of samples yet (samples/step-*.png)")
    steps, paths = map(list, zip(*pictures, strict=True))
    path = folder / "metrics.csv"
    table = read_csv(path) if path.exists() else {}
    losses = [
        (word, table[column], _decimals(table[column]))
        for column, word in _LOSSES.items()
        if column in table
    ]
    rows = table.get("generator_step", np.empty(0))
    return _Run(
        " ".join(name.split()), steps, paths, *sample_pictures.check_sizes(paths), rows, losses
    )


def _decimals(values):
    """Two, or more where the values are mostly below 0.1."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    middle = np.median(sizes) if len(sizes) else 1.0
    return int(np.clip(1 - np.floor(np.log10(middle)), 2, 6))


def _number(value, decimals):
    if abs(value) >= 1e6:
        return f"{value:.1e}"
    # 0.0: no minus before nothing.
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def _shapes(captions):
    """For each field the texts that it takes. Digits are equally wide: each is a 0 here."""
    zeros = str.maketrans("123456789", "000000000")
    shapes = {}
    for said in captions:
        for word, number in said:
            shapes.setdefault(word, set()).add(f"{word}  {number.translate(zeros)}")
    return list(shapes.values())


def _widths(shapes, font):
    return [max(map(font.getlength, texts)) for texts in shapes]


def _font(all_shapes, width):
    """The largest font in which each caption has room, or None."""
    for size in range(min(28, max(10, width // 30)), 7, -1):
        font = ImageFont.load_default(size)
        wanted = (
            sum(widths) + (len(widths) + 1) * size
            for widths in (_widths(shapes, font) for shapes in all_shapes)
        )
        if max(wanted) <= width:
            return font
    return None


def _cut(name, width, font):
    """A name, its beginning cut off where it is too wide."""
    short = name
    while font.getlength(short) > width and name:
        name = name[1:]
        short = "…" + name
    return short


def timeline(
    steps: Sequence[int], steps_per_second: float, rate: int, shortest: int = 1
) -> list[tuple[int, int]]:
    """How long each step is shown if the steps are the clock.

    Args:
        steps: Growing; the clock starts at the first.
        steps_per_second: Generator steps a second.
        rate: Ticks a second.
        shortest: Ticks that a step is shown at least; those too near to the one before are left
            out, but never the last.

    Returns:
        (Step, ticks), the last for ``LAST_SECONDS``. The times are rounded, not the differences:
        nothing drifts.

    Example:
        >>> timeline([50, 100, 101, 200], steps_per_second=250, rate=100, shortest=2)
        [(50, 20), (100, 40), (200, 200)]
    """
    shown = []  # (Step, tick at which it appears)
    for step in steps:
        tick = round((step - steps[0]) / steps_per_second * rate)
        if shown and tick - shown[-1][1] < shortest:
            if step != steps[-1]:
                continue
            shown.pop()
        shown.append((step, tick))
    ends = [tick for _, tick in shown[1:]] + [shown[-1][1] + LAST_SECONDS * rate]
    return [(step, end - tick) for (step, tick), end in zip(shown, ends, strict=True)]
