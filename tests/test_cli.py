import pytest

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


@pytest.mark.parametrize("words", [[], ["paint"]])
def test_no_command_and_an_unknown_one_are_one_line(words, capsys):
    assert "COMMAND" in fails(capsys, *words)


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
