"""MP4 files, written by ffmpeg."""

import contextlib
import errno
import subprocess
import tempfile
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np

from acwgan.errors import UserError


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
