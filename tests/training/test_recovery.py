import errno
import shlex
from types import SimpleNamespace

import pytest

from acwgan.errors import UserNotice
from acwgan.runs.folder import RunFolderError
from acwgan.training.callback_list import CallbackError
from acwgan.training.health import BadNumbersError
from acwgan.training.recovery import halved_rates, translated_errors

ALONE = SimpleNamespace(
    chief=False, wait_unless_lost=lambda: None, is_lost_worker=lambda error: False
)
LOCK = SimpleNamespace(check=lambda: None)


@pytest.fixture
def run_dir(tmp_path):
    """A run folder with a checkpoint, and a name that a shell would split."""
    run_dir = tmp_path / "my run; $HOME"
    (run_dir / "checkpoints" / "step-00000002").mkdir(parents=True)
    return run_dir


def test_a_full_disk_is_one_line_with_a_command_to_paste(run_dir):
    with (
        pytest.raises(RunFolderError) as caught,
        translated_errors(run_dir, ALONE, LOCK),
    ):
        raise OSError(errno.ENOSPC, "No space left on device", "metrics.csv")
    said, command = str(caught.value).split("go on with: ")
    assert said == (
        f"{run_dir}: metrics.csv cannot be written (No space left on device); "
        "the last good checkpoint is step-00000002, "
    )
    assert shlex.split(command) == ["acwgan", "train", "--resume", "--run-dir", str(run_dir)]


def test_an_error_of_a_callback_is_raised_as_it_is(run_dir):
    cause = OSError("mine")
    with pytest.raises(OSError) as caught, translated_errors(run_dir, ALONE, LOCK):
        raise CallbackError from cause
    assert caught.value is cause and caught.value.__cause__ is None


def test_the_rates_are_halved_down_to_a_limit(run_dir):
    error = BadNumbersError("loss/critic is nan at generator step 3")
    with pytest.warns(UserNotice, match=r"step 3; going back to step-00000002 with 0\.25 times"):
        assert halved_rates(run_dir, error, 0.5, ALONE, allowed=True) == 0.25
    for rates, allowed in [(0.5, False), (2**-10, True)]:
        with pytest.raises(BadNumbersError, match=r"go on with: acwgan .* --halve-rates$"):
            halved_rates(run_dir, error, rates, ALONE, allowed)
    with pytest.raises(BadNumbersError, match="begin again with `overwrite=True`"):
        halved_rates(run_dir / "new", error, 0.5, ALONE, allowed=True)
