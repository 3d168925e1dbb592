"""A real TensorBoard, started as the README says."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np

from acwgan.summaries import RunLog

README = (Path(__file__).parent.parent / "README.md").read_text()


def served_steps(port):
    """The steps of the image slider, or none while TensorBoard is still starting or loading."""
    address = (
        f"http://127.0.0.1:{port}/data/plugin/images/images?run=mine&tag=samples/grid&sample=0"
    )
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return [image["step"] for image in json.load(answer)]
    except OSError:
        return []


def test_the_readmes_option_keeps_every_image(tmp_path):
    log = RunLog(tmp_path / "mine", {})
    for step in range(1, 26):
        log.samples(step, np.zeros((10, 4, 4, 1), np.uint8), columns=10)
    log.close()
    option = re.search(r"tensorboard --logdir out (--samples_per_plugin \S+)`", README).group(1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    board = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tensorboard.main",
            "--logdir",
            tmp_path,
            *option.split(),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 120
        while served_steps(port) != list(range(1, 26)) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert served_steps(port) == list(range(1, 26))
    finally:
        board.terminate()
        board.wait()
