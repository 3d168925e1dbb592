import os
import subprocess
import sys

import pytest
from command_lines import fails, run
from PIL import Image

from acwgan.errors import UserError

METRICS = "generator_step,loss/critic,loss/generator\n10,-3,1\n20,-2,1.5\n"


def acwgan_plot(*words):
    """The exit status of the command; its errors are raised."""
    return run("plot", *words)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with runs of the same name in it."""
    for name in ("one/run", "two/run", "other"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "metrics.csv").write_text(METRICS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_picture_of_a_really_trained_run_is_in_the_current_folder(trained_run, folder, capsys):
    assert acwgan_plot(trained_run) == 0
    assert capsys.readouterr().out == "plot.png\n"
    with Image.open("plot.png") as image:
        # Three panels: losses, Wasserstein estimate and class losses.
        assert image.format == "PNG" and image.height == int(300 * (3 * 1.3 + 0.9))


def test_the_columns_are_those_of_training(trained_run, folder):
    assert acwgan_plot(trained_run, "--out", "new/a.svg") == 0
    text = (folder / "new/a.svg").read_text()
    for word in ("Combined loss", "generator<", "Wasserstein", "real images", "fake images"):
        assert word in text


def test_runs_of_the_same_name_get_their_parent_folder(folder, capsys):
    assert acwgan_plot("one/run", "two/run/", "one/../other", "--out", "a.svg") == 0
    text = (folder / "a.svg").read_text()
    for name in ("one/run", "two/run", "other"):
        assert f">{name}</text>" in text


def test_a_link_and_the_current_folder_are_called_what_they_are_called(folder, monkeypatch):
    os.symlink("one/run", "latest")
    monkeypatch.chdir("other")
    assert acwgan_plot("../latest", ".", "--out", "a.svg") == 0
    text = (folder / "other/a.svg").read_text()
    assert ">latest</text>" in text and ">other</text>" in text


def test_a_run_twice_is_refused(folder):
    with pytest.raises(UserError, match=r"^other: appears twice"):
        acwgan_plot("one/run", "other", "./other/")
    assert not (folder / "plot.png").exists()


@pytest.mark.parametrize(
    "words, fault",
    [
        (["other", "--out", "a.pdf"], "--out must end in .png or .svg, got 'a.pdf'"),
        (["one"], "one: has no metrics yet"),
        (["other", "none"], "none: is not a run folder"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(folder, words, fault, capsys):
    before = set(folder.iterdir())
    line = fails(capsys, "plot", *words)
    assert line in (f"acwgan: {fault}\n", f"acwgan plot: {fault} (see acwgan plot --help)\n")
    assert set(folder.iterdir()) == before


def test_the_options_import_nothing_heavy():
    code = "import sys, acwgan.cli.plot; print({'numpy', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
