import pytest
from command_lines import fails


@pytest.mark.parametrize(
    "words, named",
    [
        (
            ["--workers", "0"],
            "--workers: '0' is not allowed; allowed: a whole number of at least 1",
        ),
        (["--restarts", "-1"], "--restarts: '-1' is not allowed; allowed: a whole number"),
        (["--index", "1"], "--index: launch gives each worker its own; leave it out"),
        (["--stepz", "3"], "unrecognized arguments: --stepz 3"),
        (["--resume", "--overwrite"], "not allowed with argument"),
    ],
)
def test_a_bad_option_of_launch_is_one_line(words, named, capsys):
    assert named in fails(capsys, "launch", *words)


def test_a_fault_of_train_ends_it_at_once_with_the_line_of_train(tmp_path, acwgan_command):
    done = acwgan_command("launch", "--run-dir", tmp_path / "run", "--steps", "0")
    assert done.returncode == 2 and "--steps must be a whole number" in done.stderr
    assert "start again" not in done.stderr and list(tmp_path.iterdir()) == []
