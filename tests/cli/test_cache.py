"""``--cache``: where the commands prepare a large folder of pictures."""

import numpy as np
from PIL import Image

from acwgan.cli.app import main
from acwgan.datasets import prepared


def test_train_judge_and_evaluate_share_what_is_prepared(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(prepared, "SMALL", 1000)
    random = np.random.default_rng(0)
    for number in range(240):
        path = tmp_path / "photos" / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (8, 8), np.uint8)).save(path)
    data = ["--dataset", tmp_path / "photos", "--test-share", 0.45]
    judge = ["--out", tmp_path / "judge.tflite", "--epochs", 1, "--cache", tmp_path / "prepared"]
    assert main(list(map(str, ["judge", *data, *judge]))) == 0
    assert "prepared once" in capsys.readouterr().err
    run = ["--run-dir", tmp_path / "run", "--steps", 1, "--n-critic", 1, "--batch-size", 8]
    run += ["--schedule", "constant", "--judge", tmp_path / "judge.tflite"]
    assert main(list(map(str, ["train", *data, *run]))) == 0
    said = capsys.readouterr().err
    assert "the images stay on the disk, in" in said and "prepared once" not in said
    pairs = tmp_path / "pairs.png"
    assert main(["evaluate", str(tmp_path / "run"), "--no-cas", "--pairs", str(pairs)]) == 0
    with Image.open(pairs) as picture:
        assert picture.size == (8 * 8 * (2 * 8 + 4), 5 * 8 * (8 + 4))
    assert "prepared once" not in capsys.readouterr().err
    assert len(list((tmp_path / "prepared").iterdir())) == 1
    judge = f"acwgan judge --dataset {tmp_path / 'photos'} --test-share 0.45 --out judge.tflite"
    again = ["--run-dir", tmp_path / "b", "--hold-out", 0.1]
    assert main(list(map(str, ["train", *data, *again]))) == 2
    said = capsys.readouterr().err
    assert "--hold-out must be 0 with images that stay on the disk" in said and judge in said
