"""Runs of many classes with any names: trained, drawn and shown, in processes of their own."""

import numpy as np
import pytest
from PIL import Image
from videos import read_gif

from acwgan.run import Run
from acwgan.runs.folder import read_data_spec

#: Names that mean something to a CSV file, a formula, a web page, a path or a terminal.
HOSTILE = ["a, b", "$x^2$", "100%", "a_b", "R&D", "<b>hi</b>", "\"q'", "😀", "שלום", "schön", "_"]
TINY = "--networks mlp --schedule constant --n-critic 1 --batch-size 4 --steps 2 --latent-dim 4"
OFTEN = "--log-every 1 --sample-every 1"


@pytest.mark.parametrize(
    ("names", "size", "shape"),
    [
        (HOSTILE, (16, 16), (176, 160)),
        ([*HOSTILE, *(f"glyph {number}" for number in range(509))], (8, 8), (696, 480)),
    ],
    ids=["hostile names", "520 classes"],
)
def test_a_run_is_trained_shown_and_has_a_video(acwgan_command, tmp_path, names, size, shape):
    labels = np.tile(np.arange(len(names)), 2)
    images = np.random.default_rng(0).integers(0, 256, (len(labels), *size)).astype(np.uint8)
    data = tmp_path / "data.npz"
    np.savez(data, x_train=images, y_train=labels, class_names=np.array(names))
    words = ["--dataset", data, "--run-dir", "run", *TINY.split(), *OFTEN.split()]
    done = acwgan_command("train", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Glyph" not in done.stderr and "no video" not in done.stderr
    run = tmp_path / "run"
    assert read_data_spec(run).class_names == tuple(names)
    with Image.open(run / "samples" / "step-00000002.png") as picture:
        assert picture.size == shape[::-1]
    done = acwgan_command("video", "run", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "run.gif\n"), done.stderr
    frames, _, _ = read_gif(tmp_path / "run.gif")
    assert len(frames) == 1 and frames.shape[2] >= 480
    assert Run(run).samples().width >= 480
    assert Run(run).generator().classes == tuple(names)
