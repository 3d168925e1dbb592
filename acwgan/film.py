"""What a film of a training is made of: the sample pictures, their clock, GIF and MP4 files."""

import contextlib
import errno
import io
import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from PIL import Image

from acwgan.animation import write_gif
from acwgan.errors import UserError
from acwgan.images import open_picture

#: Height and width of a sample picture: a hundred classes of 32 pixels have room.
MOST_SIDE = 4096
#: As ``RunLog.samples`` names a picture: eight digits, more only where the first is not 0.
_NAME = re.compile(r"step-(\d{8}|[1-9]\d{8,14})\.png", re.ASCII)
#: Seconds that the last picture stays.
LAST_SECONDS = 2
#: Level of a pixel -> the one of 32 that stands for it where a GIF of all would be twice as large,
#: mostly for noise that nobody sees. Black and white stay.
LEVELS = (np.arange(256) // 8 * 255 // 31).astype(np.uint8)


def sample_pictures(folder: str | Path, until: int | None = None) -> list[tuple[int, Path]]:
    """The pictures in the folder of a run's samples, as ``RunLog.samples`` names them.

    Args:
        folder: ``samples`` of a run; whatever else is in it does not count.
        until: The last step that counts; None for all.

    Returns:
        (Generator step, path), by step; none if there is no such folder.
    """
    found = []
    for path in Path(folder).glob("step-*.png"):
        name = _NAME.fullmatch(path.name)
        if name and path.is_file() and (until is None or int(name[1]) <= until):
            found.append((int(name[1]), path))
    return sorted(found)


def thinned(items: Sequence, at_most: int = 300) -> list:
    """Leave some out, evenly; the first and the last stay.

    Args:
        items: Any number of them.
        at_most: How many stay, at least 2.

    Returns:
        ``at_most`` of them in their order, or all if they are no more.

    Example:
        >>> thinned(range(10), 4)
        [0, 3, 6, 9]
    """
    if len(items) <= at_most:
        return list(items)
    return [items[i * (len(items) - 1) // (at_most - 1)] for i in range(at_most)]


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


def gif(frames: Iterable[np.ndarray], milliseconds: int | Sequence[int]) -> bytes:
    """An animated GIF that runs for ever; see ``animation.write_gif``.

    Args:
        frames: Each ``(H, W)`` or ``(H, W, 3)`` uint8, all alike, at least one; grey levels are
            exact.
        milliseconds: How long a frame is shown, or each of them.

    Returns:
        The bytes of the file.
    """
    file = io.BytesIO()
    write_gif(file, frames, milliseconds)
    return file.getvalue()


def ffmpeg() -> str:
    """The program that makes MP4 files; it comes with the extra ``acwgan[video]``.

    Returns:
        Its path.

    Raises:
        UserError: If it is not there.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise UserError('MP4 needs ffmpeg: pip install "acwgan[video]"; a .gif does not') from error


def write_mp4(path: str | Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write frames as H.264 in MP4, as browsers play it.

    Args:
        path: Of the file.
        frames: At least one, each ``(H, W)`` or ``(H, W, 3)`` uint8, H and W even, all alike.
        rate: Frames a second.

    Raises:
        UserError: Without ffmpeg.
        OSError: With what ffmpeg says, if it cannot write the file.
    """
    frames = iter(frames)
    first = next(frames)
    height, width, *channels = first.shape
    command = [ffmpeg(), "-loglevel", "error", "-nostdin", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24" if channels else "gray"]
    command += ["-s", f"{width}x{height}", "-r", str(rate), "-i", "pipe:0"]
    command += ["-c:v", "libx264", "-crf", "20", "-vf", "scale=out_color_matrix=bt709"]
    command += ["-pix_fmt", "yuv420p", "-colorspace", "bt709"]
    command += ["-movflags", "+faststart", "-f", "mp4", f"file:{path}"]
    # Ctrl-C is ours alone: ffmpeg is in a process group of its own.
    pipes = {"stdin": subprocess.PIPE, "process_group": 0}
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=said, stderr=said, **pipes) as process,
    ):
        try:
            # If it ends before its input does, it says why.
            with contextlib.suppress(BrokenPipeError), process.stdin:
                for frame in chain([first], frames):
                    process.stdin.write(frame.tobytes())
        except BaseException:
            process.kill()
            raise
        if process.wait():
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise OSError(errno.EIO, f"ffmpeg: {lines[-1] if lines else process.returncode}")


def check_sizes(paths: Sequence[Path]) -> tuple[tuple[int, int], bool]:
    """Read the headers of sample pictures, no pixels.

    Args:
        paths: Of PNG files, grey or RGB.

    Returns:
        The one size (width, height) of all, and whether all are grey.

    Raises:
        UserError: With the file that is no such picture, or of another size than the first.
    """
    first, all_grey = None, True
    for path in paths:
        with _opened(path) as image:
            size, mode = image.size, image.mode
        if max(size) > MOST_SIDE:
            raise UserError(f"{path}: is {_by(size)}; at most {MOST_SIDE}x{MOST_SIDE} is allowed")
        if mode not in ("L", "RGB"):
            raise UserError(f"{path}: has pixels of the kind {mode}, neither grey nor RGB")
        first = first or size
        if size != first:
            raise UserError(f"{path}: is {_by(size)}, but {paths[0].name} is {_by(first)}")
        all_grey = all_grey and mode == "L"
    return first, all_grey


def read_picture(path: Path) -> Image.Image:
    """One picture, after ``check_sizes``.

    Args:
        path: Of the file.

    Returns:
        The picture with its pixels.

    Raises:
        UserError: If they cannot be read.
    """
    with _opened(path) as image:
        return image.copy()


def _by(size):
    return f"{size[0]}x{size[1]}"


@contextlib.contextmanager
def _opened(path):
    try:
        with open_picture(path) as image:
            yield image
    except (Image.DecompressionBombError, SyntaxError, ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UserError(f"{path}: is no PNG picture that can be read") from error
