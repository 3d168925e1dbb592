import re
import subprocess
import sys

import numpy as np
import pytest
from colours import data_file, trained_judge
from command_lines import fails

from acwgan.cli.app import main
from acwgan.evaluation.judge import Judge


def test_it_trains_a_judge_of_any_data_and_prints_its_accuracy():
    path, printed = trained_judge()
    *epochs, share, file = printed.splitlines()
    assert len(epochs) == 40 and file == str(path)
    found = re.fullmatch(r"(\S+)% of the (\d+) test images; 95% confidence: (\S+)% to .*%", share)
    assert found and float(found[1]) > 90 and float(found[3]) < float(found[1])


@pytest.mark.parametrize(
    "arrays, line",
    [
        (
            {"x_train": np.zeros((9, 4, 8), "u1"), "y_train": np.arange(9) % 2},
            "must be 8x8 or larger, got 4x8",
        ),
        ({"x_train": np.zeros((9, 8, 8), "u1"), "y_train": np.zeros(9, int)}, "has one class"),
        ({}, "holds nothing"),
    ],
)
def test_what_no_judge_can_be_trained_on_is_refused(arrays, line, tmp_path, capsys):
    np.savez(tmp_path / "a.npz", **arrays)
    words = ["--dataset", tmp_path / "a.npz", "--out", tmp_path / "b", "--epochs", 1]
    assert line in fails(capsys, "judge", *words)
    assert not (tmp_path / "b").exists()


def test_it_does_without_test_images(tmp_path, capsys):
    with np.load(data_file()) as arrays:
        np.savez(tmp_path / "a.npz", x_train=arrays["x_train"][:9], y_train=np.arange(9) % 3)
    words = ["--dataset", tmp_path / "a.npz", "--out", tmp_path / "b.tflite", "--epochs", 1]
    assert main(["judge", *map(str, words)]) == 0
    assert "no test images" in capsys.readouterr().out
    assert Judge(tmp_path / "b.tflite").num_classes == 3


def test_a_bad_option_is_one_line(capsys, tmp_path):
    line = fails(capsys, "judge", "--out", tmp_path / "b", "--epochs", "0")
    assert "--epochs must be a whole number, 1 or more, got 0" in line


def test_the_old_script_is_the_same_command(tmp_path):
    command = [sys.executable, "-m", "acwgan.classifier", "--out", "b", "--epochs", "0"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith("acwgan")
