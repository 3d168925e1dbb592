"""Reads videos back: GIF with Pillow, MP4 with ffmpeg."""

import re
import subprocess

import numpy as np
import pytest
from PIL import Image


def read_gif(file):
    """Frames ``(N, H, W, 3)``, their milliseconds, and the number of repeats (0: forever)."""
    with Image.open(file) as image:
        frames, durations = [], []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
            durations.append(image.info["duration"])
        return np.array(frames), durations, image.info["loop"]


def needs_ffmpeg():
    """Skip the test where the extra is not installed."""
    reason = 'MP4 needs pip install "acwgan[video]"'
    return pytest.importorskip("imageio_ffmpeg", reason=reason).get_ffmpeg_exe()


def read_mp4(path):
    """Frames ``(N, H, W, 3)``, and the line in which ffmpeg describes the video."""
    # Not imageio_ffmpeg.read_frames, which leaves its pipes open.
    command = [needs_ffmpeg(), "-i", f"file:{path}", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    about = re.search(r"Video: (h264.*)", done.stderr.decode()).group(1)
    width, height = map(int, re.search(r"(\d+)x(\d+)[, ]", about).groups())
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3), about
