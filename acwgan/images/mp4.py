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
    """Path of the program ffmpeg, which comes with the extra ``acwgan[video]``.

    Raises:
        UserError: If ffmpeg is not installed.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise UserError('MP4 needs ffmpeg: pip install "acwgan[video]"; a .gif does not') from error


def write_mp4(path: str | Path, frames: Iterable[np.ndarray], rate: int) -> None:
    """Write a video as H.264 in MP4, which browsers play.

    Args:
        path: Path of the new file.
        frames: At least one frame, ``(H, W)`` or ``(H, W, 3)`` uint8, H and W even; all frames have
            the same shape.
        rate: Frames per second.

    Raises:
        UserError: If ffmpeg is not installed.
        OSError: If ffmpeg cannot write the file; with the message of ffmpeg.
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
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            process_group=0,  # Its own, so that Ctrl-C only reaches this process.
        ) as process,
    ):
        try:
            assert process.stdin
            # A broken pipe means that ffmpeg has ended early; its log says why.
            with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
                for frame in chain([first], frames):
                    pipe.write(frame.tobytes())
        except BaseException:
            process.kill()
            raise
        if process.wait():
            log.seek(0)
            lines = log.read().decode(errors="replace").strip().splitlines()
            raise OSError(errno.EIO, f"ffmpeg: {lines[-1] if lines else process.returncode}")
