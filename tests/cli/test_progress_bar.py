import io
import os

import pytest
from rich.console import Console

from acwgan.cli.progress_bar import ProgressLine
from acwgan.startup_lines import without_start_up_lines
from acwgan.training.progress import Progress

METRICS = {
    "loss/critic": -1.5,
    "loss/generator": 0.25,
    "wasserstein_estimate": 2.0,
    "class/accuracy_fake": 0.875,
}


def show(terminal):
    text = io.StringIO()
    with ProgressLine(Console(file=text, force_terminal=terminal, width=200)) as line:
        line.show(Progress(0, 40, 100, 0.01, 3800.0, 0.0, None))
        line.show(Progress(1, 40, 200, 0.02, 3900.0, 0.01, None))
        line.show(Progress(9, 40, 900, 0.2, 3700.0, 0.5, None))
        line.show(Progress(10, 40, 1000, 0.25, 3600.0, 0.5, METRICS))
    return text.getvalue()


def test_on_a_pipe_there_is_a_plain_line_for_the_first_step_and_for_each_row_of_metrics():
    assert show(terminal=False) == (
        "step 1/40  100.0 s/step, 1:05:00 left\n"
        "step 10/40  critic -1.500  generator 0.250  Wasserstein 2.000  class acc. 0.875"
        "  0.50 steps/s, 1:00:00 left\n"
    )


def test_a_run_without_classes_shows_what_it_has():
    text = io.StringIO()
    metrics = {tag: value for tag, value in METRICS.items() if "class" not in tag}
    with ProgressLine(Console(file=text, width=200)) as line:
        line.show(Progress(10, 40, 1000, 0.25, 3600.0, 0.5, metrics))
    assert "Wasserstein 2.000  0.50 steps/s" in text.getvalue()


def test_on_a_terminal_there_is_a_bar_with_losses_speed_and_time_left():
    text = show(terminal=True)
    for part in ("step 10/40 (critic 1000)", "0.50 steps/s, 1:00:00 left", "25%", "critic -1.500"):
        assert part in text


@pytest.mark.parametrize(
    "line, kept",
    [
        ("I0000 00:00:1795322742.709960    4473 port.cc:153] oneDNN is on.", False),
        ("WARNING: All log messages before absl::InitializeLog() is called", False),
        ("Fatal: no memory", True),
    ],
)
def test_only_start_up_lines_are_kept_from_the_terminal(line, kept, capfd):
    with without_start_up_lines():
        os.write(2, f"{line}\n".encode())
    assert (line in capfd.readouterr().err) is kept


def test_an_error_under_it_is_not_swallowed(capfd):
    with pytest.raises(ZeroDivisionError), without_start_up_lines():
        raise ZeroDivisionError
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
