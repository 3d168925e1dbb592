"""A training as a video: the sample pictures of one or more runs, with the losses below."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from acwgan.errors import ParameterError, Range, UserError
from acwgan.files.atomic import whole_file
from acwgan.files.endings import check_ending
from acwgan.images import gif, mp4
from acwgan.images.fonts import drawn_names
from acwgan.images.gif import LAST_SECONDS, write_gif
from acwgan.plots.video_frames import Layout, Track
from acwgan.runs import sample_pictures
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import TAGS

#: Column of ``metrics.csv`` -> its word in the picture.
_LOSSES = {tag.name: tag.caption for tag in TAGS if tag.caption}
#: Ending -> ticks per second, and fewest ticks of a frame. A GIF counts in units of 10 ms, and
#: browsers show no frame for less than two of them.
_RATES = {".gif": (100, 2), ".mp4": (25, 1)}
#: Most seconds that a picture may stay. A GIF allows 655.
_MOST_SECONDS = 600


class Video:
    """The video of a training, in which time passes with the generator steps.

    Everything but the pixels is checked when the object is made.

    Args:
        runs: Name in the picture -> run folder. Several runs are shown side by side; a shorter
            run stays at its last picture.
        out: Path of the new file, ``.gif`` or ``.mp4``.
        steps_per_second: Generator steps per second of the video, above 0.
        scale: Side of a pixel of the samples; None for pictures about 560 pixels wide. Large ones
            are shrunk then.

    Raises:
        ParameterError: If ``steps_per_second`` or ``scale`` is too small or too large.
        UserError: If ``out`` has another ending, or a run has no samples.
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
        self._ending = check_ending("out", out, *_RATES)
        if self._ending == ".mp4":
            mp4.ffmpeg()
        folders = map(Path, runs.values())
        tracks = [_read_run(*each) for each in zip(drawn_names(runs), folders, strict=True)]
        steps = sorted({step for track in tracks for step in track.steps})
        longest = max((b - a for a, b in pairwise(steps)), default=0) / steps_per_second
        if longest > _MOST_SECONDS:
            enough = f"must be so large that no picture stays longer than {_MOST_SECONDS} s"
            raise ParameterError({"steps_per_second": f"{enough}, got {steps_per_second:g}"})
        self._shown = timeline(steps, steps_per_second, *_RATES[self._ending])
        self._layout = Layout(tracks, [step for step, _ in self._shown], scale)

    def __len__(self) -> int:
        """Number of different pictures."""
        return len(self._shown)

    def save(self, report: Callable[[int], None] = lambda done: None) -> None:
        """Write the file, picture by picture.

        Args:
            report: Called with the number of finished pictures.

        Raises:
            UserError: If a picture cannot be read; nothing is written then.
        """
        frames = self._frames(report)
        ticks = [ticks for _, ticks in self._shown]
        with whole_file(self._out) as partial:
            if self._ending == ".gif":
                few_levels = (gif.LEVELS[frame] for frame in frames)
                with partial.open("wb") as file:
                    write_gif(file, few_levels, [10 * each for each in ticks])
            else:
                repeated = (f for f, n in zip(frames, ticks, strict=True) for _ in range(n))
                mp4.write_mp4(partial, repeated, _RATES[".mp4"][0])

    def _frames(self, report: Callable[[int], None]) -> Iterator[np.ndarray]:
        for number, (step, _) in enumerate(self._shown, 1):
            yield self._layout.frame(step)
            report(number)


def _read_run(name: str, folder: Path) -> Track:
    if not folder.is_dir():
        raise UserError(f"{folder}: is not a run folder")
    pictures = sample_pictures.sample_pictures(folder / "samples")
    if not pictures:
        raise UserError(f"{folder}: has no pictures of samples yet (samples/step-*.png)")
    steps, paths = [step for step, _ in pictures], [path for _, path in pictures]
    size, gray = sample_pictures.check_sizes(paths)
    path = folder / "metrics.csv"
    table = read_csv(path) if path.exists() else {}
    losses = [
        (word, table[column], _decimals(table[column]))
        for column, word in _LOSSES.items()
        if column in table
    ]
    loss_steps = table.get("generator_step", np.empty(0))
    return Track(name, steps, paths, size, gray, loss_steps, losses)


def _decimals(values: np.ndarray) -> int:
    """Two decimals, or more if most values are below 0.1."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    middle = np.median(sizes) if len(sizes) else 1.0
    return int(np.clip(1 - np.floor(np.log10(middle)), 2, 6))


def timeline(
    steps: Sequence[int], steps_per_second: float, rate: int, shortest: int = 1
) -> list[tuple[int, int]]:
    """How long each step is shown, if time passes with the generator steps.

    Times are rounded, not durations, so that nothing drifts. The last step is shown for
    ``LAST_SECONDS``.

    Args:
        steps: Ascending; time starts at the first one.
        steps_per_second: Generator steps per second.
        rate: Ticks per second.
        shortest: Fewest ticks that a step is shown. Steps that follow the one before too soon are
            left out, but never the last one.

    Returns:
        Pairs of a step and a number of ticks.

    Example:
        >>> timeline([50, 100, 101, 200], steps_per_second=250, rate=100, shortest=2)
        [(50, 20), (100, 40), (200, 200)]
    """
    shown: list[tuple[int, int]] = []  # (step, tick at which it appears)
    for step in steps:
        tick = round((step - steps[0]) / steps_per_second * rate)
        if shown and tick - shown[-1][1] < shortest:
            if step != steps[-1]:
                continue
            shown.pop()
        shown.append((step, tick))
    ends = [tick for _, tick in shown[1:]] + [shown[-1][1] + LAST_SECONDS * rate]
    return [(step, end - tick) for (step, tick), end in zip(shown, ends, strict=True)]
