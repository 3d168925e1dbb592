import pytest
from command_lines import fails


@pytest.mark.parametrize(
    "words, named",
    [
        (["--workers", "0"], "--workers must be a whole number, 1 or more, got 0"),
        (["--restarts", "-1"], "--restarts must be a whole number, 0 or more, got -1"),
        (["--index", "1"], "--index and acwgan launch do not go together"),
        (["--stepz", "3"], "unrecognized arguments: --stepz 3"),
        (["--resume", "--overwrite"], "--resume and --overwrite do not go together"),
    ],
)
def test_a_bad_option_of_launch_is_one_line(words, named, capsys):
    assert named in fails(capsys, "launch", *words)


def test_a_fault_of_train_ends_it_at_once_with_the_line_of_train(tmp_path, acwgan_command):
    done = acwgan_command("launch", "--run-dir", tmp_path / "run", "--steps", "0")
    assert done.returncode == 2 and "--steps must be a whole number" in done.stderr
    assert "start again" not in done.stderr and list(tmp_path.iterdir()) == []
