import numpy as np
import pytest
from PIL import Image

import acwgan
from acwgan.cli import main


def fails(capsys, *words):
    """The one line of a command that must fail with the status 2."""
    try:
        status = main([str(word) for word in words])
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    assert status == 2 and captured.out == ""
    assert len(captured.err.splitlines()) == 1
    return captured.err


@pytest.mark.parametrize(
    "words, named",
    [
        (["--steps", "0"], "--steps: 0 is not allowed; allowed: a whole number of at least 1"),
        (["--steps", "many"], "--steps: 'many' is not allowed; allowed: a whole number"),
        (["--batch-size", "1.5"], "--batch-size: '1.5' is not allowed"),
        (["--clip-value", "-1"], "--clip-value: -1.0 is not allowed; allowed: a number above 0 or"),
        (["--schedule", "daily"], "--schedule: 'daily' is not allowed; allowed: one of constant"),
        (["--preset", "best"], "--preset: 'best' is not allowed; allowed: acwgan, article"),
        (["--n-critic", "0", "--seed", "-1"], "--n-critic: 0 is not allowed; "),
        (["--no-joint-update"], "--joint-update: false is not allowed with a gradient penalty"),
        (["--resume", "--overwrite"], "--overwrite: not allowed with argument --resume"),
        (["--resume"], "is not a run folder"),
        (["--stepz", "3"], "unrecognized arguments: --stepz 3"),
        (["--step", "3"], "unrecognized arguments: --step 3"),
    ],
)
def test_a_bad_option_of_train_is_one_line_and_writes_nothing(words, named, capsys, tmp_path):
    line = fails(capsys, "train", "--run-dir", tmp_path / "run", *words)
    assert named in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words, named",
    [
        (
            ["12", "--seed", "-1"],
            "--seed: '-1' is not allowed; allowed: a whole number of at least",
        ),
        (
            ["12", "--rows", "0"],
            "--rows: '0' is not allowed; allowed: a whole number of at least 1",
        ),
        (["12", "--format", "jpg"], "--format: 'jpg' is not allowed; allowed: png, npz, pngs"),
        (["1b2"], "'b' is not a class of the model; it has 0 1 2 3 4 5 6 7 8 9"),
        (["12", "--checkpoint", "nowhere"], "nowhere: does not exist"),
    ],
)
def test_a_bad_option_of_generate_is_one_line_and_writes_nothing(
    words, named, capsys, tmp_path, trained_run
):
    out = tmp_path / "a.png"
    line = fails(capsys, "generate", "--checkpoint", trained_run, "--out", out, *words)
    assert named in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [[], ["paint"]])
def test_no_command_and_an_unknown_one_are_one_line(words, capsys):
    assert "COMMAND" in fails(capsys, *words)


def test_a_place_that_cannot_be_written_is_named(capsys, tmp_path, trained_run):
    (tmp_path / "file").touch()
    line = fails(
        capsys, "generate", "1", "--checkpoint", trained_run, "--out", tmp_path / "file" / "a.png"
    )
    assert str(tmp_path / "file") in line


def test_generate_writes_the_strip_and_prints_where(tmp_path, trained_run, acwgan_command):
    done = acwgan_command(
        "generate", "20260", "--checkpoint", trained_run, "--rows=2", cwd=tmp_path
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "digits.png\n", "")
    strip = np.asarray(Image.open(tmp_path / "digits.png"))
    images = acwgan.load(trained_run).generate("20260", rows=2)
    assert strip.shape == (56, 140) and np.array_equal(strip[28:, :28], images[5])


def test_generate_as_npz_has_x_and_y(tmp_path, trained_run, capsys):
    out = tmp_path / "digits.npz"
    words = ["generate", "905", "--seed=3", "--format=npz", "--out", str(out)]
    assert main([*words, "--checkpoint", str(trained_run)]) == 0
    with np.load(out) as arrays:
        assert arrays["x"].shape == (3, 28, 28) and arrays["x"].dtype == np.uint8
        assert arrays["y"].tolist() == [9, 0, 5]
        assert np.array_equal(arrays["x"], acwgan.load(trained_run).generate("905", seed=3))


def test_a_run_is_not_trained_over_and_the_way_on_is_named(capsys, trained_run):
    assert "go on with --resume" in fails(capsys, "train", "--run-dir", trained_run)


def test_resume_with_other_settings_is_refused_by_name(capsys, trained_run):
    line = fails(capsys, "train", "--run-dir", trained_run, "--resume", "--seed", "5")
    assert "seed 5 (the run: 0)" in line


def test_every_setting_is_an_option_with_help(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train", "--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    for name in acwgan.Config().__dict__:
        assert "--" + name.replace("_", "-") in text


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"acwgan {acwgan.__version__}\n"
