import base64
import io
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from videos import read_gif

from acwgan.errors import UserError
from acwgan.run import Run


@pytest.fixture
def begun(trained_run, tmp_path):
    """A run that has just begun: its settings, and nothing else yet."""
    shutil.copy(trained_run / "config.json", tmp_path)
    return tmp_path


def png(picture):
    """What a notebook shows of it."""
    return Image.open(io.BytesIO(picture._repr_png_()))


def test_the_settings_and_the_tables_are_those_of_the_run(trained_run, tiny_config):
    run = Run(trained_run)
    assert run.config == replace(tiny_config, augmentation="none")  # "auto" decided.
    assert run.metrics["generator_step"].tolist() == [2, 4]
    assert np.isfinite(run.metrics["loss/critic"]).all()


def test_the_judges_figures_are_a_table_too(begun):
    (begun / "quality.csv").write_text("generator_step,quality/frechet_distance\n4,7.5\n")
    assert Run(begun).quality["quality/frechet_distance"].tolist() == [7.5]


def test_the_plot_shows_itself_and_leaves_no_file(trained_run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = png(Run(trained_run).plot())
    assert shown.format == "PNG" and shown.width == 1890  # As acwgan plot's, at 300 dpi.
    assert len(np.unique(shown.convert("L"))) > 10
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step, number", [(None, 4), (4, 4), (2, 2)])
def test_samples_are_the_newest_or_those_of_a_step_in_sharp_squares(trained_run, step, number):
    shown = np.asarray(png(Run(trained_run).samples(step)))
    with Image.open(trained_run / f"samples/step-{number:08d}.png") as written:
        expected = np.asarray(written).repeat(2, axis=0).repeat(2, axis=1)
    assert shown.shape == (560, 560)
    np.testing.assert_array_equal(shown, expected)


def test_the_scale_of_the_samples_can_be_chosen(trained_run):
    assert Run(trained_run).samples(scale=3).size == (840, 840)
    with pytest.raises(UserError, match=r"^`scale` must be a whole number, 1 or more, got 0$"):
        Run(trained_run).samples(scale=0)


def test_a_step_without_samples_names_the_nearest(trained_run):
    with pytest.raises(UserError, match=r"no samples of step 9; the nearest: 4$"):
        Run(trained_run).samples(9)


def test_the_video_shows_itself_and_is_saved_as_it_is_shown(trained_run, tmp_path):
    gif = Run(trained_run).video(steps_per_second=10)
    shown = re.fullmatch(
        r'<img src="data:image/gif;base64,(\S+)" alt="tiny: [a-z ]+">', gif._repr_html_()
    )
    frames, milliseconds, loops = read_gif(io.BytesIO(base64.b64decode(shown.group(1))))
    # Two steps at ten a second; the last picture stays for two seconds, and all begins anew.
    assert milliseconds == [200, 2000] and loops == 0
    assert not np.array_equal(*frames)
    gif.save(tmp_path / "new/a.gif")
    assert (tmp_path / "new/a.gif").read_bytes() == gif.gif


def test_a_smaller_video_is_less_to_keep_in_a_notebook(trained_run):
    small, large = (Run(trained_run).video(scale=scale) for scale in (1, None))
    assert len(small.gif) < len(large.gif)
    assert read_gif(io.BytesIO(small.gif))[0].shape[2] == 280


def test_the_video_is_not_saved_under_another_ending(trained_run, tmp_path):
    with pytest.raises(UserError, match=r"^`path` must end in \.gif, got '.*a\.mp4'$"):
        Run(trained_run).video().save(tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_the_generator_is_the_runs(trained_run):
    assert Run(trained_run).generator().generate("20", seed=7).shape == (2, 28, 28)


@pytest.mark.parametrize(
    "ask, fault",
    [
        (lambda run: run.metrics, "has no metrics yet (metrics.csv)"),
        (lambda run: run.quality, "has no figures of a judge yet (quality.csv)"),
        (lambda run: run.plot(), "has no metrics yet"),
        (lambda run: run.samples(), "has no pictures of samples yet (samples/step-*.png)"),
        (lambda run: run.video(), "has no pictures of samples yet (samples/step-*.png)"),
    ],
    ids=["metrics", "quality", "plot", "samples", "video"],
)
def test_a_run_that_has_just_begun_says_what_is_missing(begun, ask, fault):
    with pytest.raises(UserError) as caught:
        ask(Run(begun))
    assert str(caught.value) == f"{begun}: {fault}"


def test_a_run_without_a_checkpoint_says_so(begun):
    with pytest.raises(UserError, match="checkpoint"):
        Run(begun).generator()


def test_a_folder_that_is_no_run_is_refused_at_once(tmp_path):
    with pytest.raises(UserError, match=r"none: is not a run folder \(no config\.json\)$"):
        Run(tmp_path / "none")


def test_a_header_without_rows_is_no_table(begun):
    (begun / "metrics.csv").write_text("generator_step,loss/critic\n")
    with pytest.raises(UserError, match="has no metrics yet"):
        _ = Run(begun).metrics


def test_nothing_heavy_is_imported_before_it_is_asked_for():
    heavy = {"tensorflow", "keras", "matplotlib", "IPython"}
    code = f"import sys, acwgan.run; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
