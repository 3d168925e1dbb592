import subprocess
import sys

import numpy as np
import pytest
from command_lines import fails, run
from PIL import ImageDraw
from videos import needs_ffmpeg, read_gif, read_mp4

from acwgan.errors import UserError
from acwgan.images.gif import LEVELS
from acwgan.images.png import save_png

METRICS = "generator_step,loss/critic,loss/generator\n100,-3.211,0.447\n200,-2,1.5\n"


def acwgan_video(*words):
    """The exit status of the command; its errors are raised."""
    return run("video", *words)


def grey(step):
    """One of the 32 levels that a GIF has."""
    return int(LEVELS[step // 2 % 256])


def make_run(folder, steps, shape=(4, 6), metrics=METRICS):
    """A run whose picture of step s is ``grey(s)`` everywhere."""
    for step in steps:
        picture = np.full(shape, grey(step), np.uint8)
        save_png(folder / "samples" / f"step-{step:08d}.png", picture)
    if metrics:
        (folder / "metrics.csv").write_text(metrics)
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with runs in it."""
    make_run(tmp_path / "run", [50, 100, 150, 250, 450])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(monkeypatch):
    """Everything that is drawn as text."""
    texts, draw = [], ImageDraw.ImageDraw.text
    monkeypatch.setattr(
        ImageDraw.ImageDraw,
        "text",
        lambda self, place, text, *rest: (texts.append(text), draw(self, place, text, *rest)),
    )
    return texts


def captions(said):
    """The texts of each frame; each begins with "step"."""
    starts = [i for i, text in enumerate(said) if text == "step"]
    return [said[a:b] for a, b in zip(starts, [*starts[1:], len(said)], strict=True)]


def test_a_gif_by_the_clock_of_the_steps(folder, capsys):
    assert acwgan_video("run") == 0
    captured = capsys.readouterr()
    assert captured.out == "run.gif\n" and captured.err.endswith("5 of 5 pictures\n")
    frames, durations, _ = read_gif("run.gif")
    assert durations == [200, 200, 400, 800, 2000]
    # 6 pixels wide, enlarged 93 times; the caption below; even sizes.
    assert frames.shape[2] == 558 and frames.shape[1] > 372 and frames.shape[1] % 2 == 0
    for frame, step in zip(frames, [50, 100, 150, 250, 450], strict=True):
        assert (frame[:372] == grey(step)).all()
        assert frame[372:].max() == 255 and (frame[372:].min(axis=(1, 2)) == 0).all()


def test_pixels_are_enlarged_as_they_are(folder):
    noise = np.random.default_rng(0).choice(LEVELS, (7, 9))
    save_png(folder / "noisy/samples/step-00000050.png", noise)
    assert acwgan_video("noisy", "--scale", "40") == 0
    frames, _, _ = read_gif("noisy.gif")
    assert np.array_equal(frames[0][:280, :, 0], np.kron(noise, np.ones((40, 40))))


def test_the_caption_says_the_newest_row_at_or_before_the_step(folder, said):
    assert acwgan_video("run") == 0
    assert captions(said) == [
        ["step", "50", "critic", "-", "generator", "-"],
        ["step", "100", "critic", "-3.21", "generator", "0.45"],
        ["step", "150", "critic", "-3.21", "generator", "0.45"],
        ["step", "250", "critic", "-2.00", "generator", "1.50"],
        ["step", "450", "critic", "-2.00", "generator", "1.50"],
    ]


@pytest.mark.parametrize(
    "metrics, wanted",
    [
        (None, ["step", "1,200"]),
        ("", ["step", "1,200"]),
        ("generator_step,loss/generator\n9,nan\n", ["step", "1,200", "generator", "nan"]),
        ("generator_step,loss/critic\n9,-0.0312\n", ["step", "1,200", "critic", "-0.031"]),
        ("generator_step,loss/critic\n1,7\n2,7\n9,-1e-9\n", ["step", "1,200", "critic", "0.00"]),
        ("generator_step,loss/critic\n9,-2.5e17\n", ["step", "1,200", "critic", "-2.5e+17"]),
    ],
)
def test_what_the_table_does_not_have_is_not_said(folder, said, metrics, wanted):
    make_run(folder / "other", [1200], metrics=metrics)
    assert acwgan_video("other") == 0
    assert said == wanted


@pytest.mark.parametrize("width", [1, 28, 280, 300, 900])
def test_the_text_stays_in_the_picture_and_does_not_jump(folder, width):
    rows = [f"{step},{-(7.0**step):g},{9.0**step:g}\n" for step in range(1, 7)]
    make_run(folder / "a", range(1, 7), (2, width), "".join([METRICS.split("\n")[0], "\n", *rows]))
    assert acwgan_video("a") == 0
    frames, _, _ = read_gif("a.gif")
    text = frames[:, 2 * (frames.shape[2] // width) :]
    assert text[:, :, :3].max() == text[:, :, -3:].max() == text[:, -3:].max() == 0
    # The words, dark, and the last digits stand still.
    columns = [np.flatnonzero(frame.max(axis=(0, 2))) for frame in text]
    assert len({(each[0], each[-1]) for each in columns}) == 1


def test_a_picture_narrower_than_its_text_stands_above_the_middle_of_it(folder):
    assert acwgan_video("run", "--scale", "2") == 0
    frames, _, _ = read_gif("run.gif")
    columns = np.flatnonzero((frames[0][:8, :, 0] == grey(50)).all(axis=0))
    assert len(columns) == np.ptp(columns) + 1 == 12
    assert abs(columns.mean() - frames.shape[2] / 2) <= 2 and frames.shape[2] > 100


@pytest.mark.parametrize("shape", [(4160, 80), (64_000, 640), (80, 2560), (2432, 1536, 3)])
@pytest.mark.parametrize("out", ["a.gif", "a.mp4"])
def test_pictures_of_many_classes_are_shrunk(folder, shape, out):
    if out == "a.mp4":
        needs_ffmpeg()
    make_run(folder / "many", [50, 100], shape)
    assert acwgan_video("many", "--out", out) == 0
    frames = read_gif(out)[0] if out == "a.gif" else read_mp4(out)[0]
    assert len({frame.tobytes() for frame in frames}) >= 2
    _, high, wide, _ = frames.shape
    assert high <= 4200 and wide <= 4200 and high * wide <= 2_000_000


def test_pictures_of_two_sizes_are_all_shown(folder):
    make_run(folder / "mixed", [2], (60, 20))
    make_run(folder / "mixed", [400], (20, 40))
    assert acwgan_video("mixed") == 0
    frames, _, _ = read_gif("mixed.gif")
    assert len(frames) == 2 and (frames[1][:280] == grey(400)).all()
    assert (frames[0][:280, 260:300] == grey(2)).all() and frames[0][:280, :200].max() == 0


def test_times_are_rounded_once_and_near_pictures_left_out(folder):
    make_run(folder / "dense", range(3, 903, 3))
    assert acwgan_video("dense", "--steps-per-second", "333", "--scale", 40) == 0
    frames, durations, _ = read_gif("dense.gif")
    assert sum(durations) == round(897 / 333 * 100) * 10 + 2000
    assert min(durations) == 20 and len(frames) == len(durations) < 200
    assert (frames[-1][:160] == grey(900)).all()


def test_two_runs_on_one_clock(folder, said):
    make_run(folder / "in/run", [100, 200], shape=(2, 2, 3), metrics=None)
    assert acwgan_video("run", folder / "in" / "run", "--scale", 50) == 0
    frames, durations, _ = read_gif("run-run.gif")
    assert durations == [200, 200, 200, 200, 800, 2000]
    assert said[:2] == [f"{folder.name}/run", "in/run"]
    gap = frames.shape[2] - 600
    top = np.flatnonzero(frames[-1][:, 0, 0] == grey(450))[0]
    assert gap > 0 and top > 0
    left = frames[:, top : top + 200, :300]
    right = frames[:, top : top + 200, 300 + gap :]
    assert [int(each[0, 0, 0]) for each in left] == [*map(grey, [50, 100, 150, 150, 250, 450])]
    # The smaller one in the middle of black: nothing yet, then its pictures, the last one stays.
    assert [int(each[100, 150, 0]) for each in right] == [0, *map(grey, [100, 100, 200, 200, 200])]
    inside = np.zeros((200, 300), bool)
    inside[50:150, 100:200] = True
    assert (right[-1][inside] == grey(200)).all() and (right[-1][~inside] == 0).all()
    assert captions(said)[-2:] == [
        ["step", "450", "critic", "-2.00", "generator", "1.50"],
        ["step", "200"],
    ]


def test_a_long_name_ends_at_the_width(folder, said):
    make_run(folder / "a-very-long-name-indeed-which-has-no-room-above-its-picture-at-all", [50])
    assert acwgan_video("run", next(folder.glob("a-very*")), "--scale", 50, "--out", "a.gif") == 0
    assert said[0] == "run" and said[1].startswith("…") and said[1].endswith("picture-at-all")


def test_an_mp4_has_a_constant_rate_and_even_sizes(folder):
    needs_ffmpeg()
    make_run(folder / "colour", [50, 100, 325], shape=(5, 5, 3))
    assert acwgan_video("colour", "--out", "new/a.MP4", "--scale", "45") == 0
    frames, _ = read_mp4("new/a.MP4")
    # 50 steps are 0.2 s, 225 are 0.9 s; 25 frames a second.
    assert len(frames) == 78
    assert frames.shape[2] == 226 and frames.shape[1] % 2 == 0
    levels = [int(frame[100, 100, 0]) for frame in frames]
    wanted = [grey(50)] * 5 + [grey(100)] * 23 + [grey(325)] * 50
    assert np.abs(np.array(levels) - wanted).max() <= 2


def test_mp4_without_the_extra_is_one_line(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(UserError, match=r'^MP4 needs ffmpeg: pip install "acwgan\[video\]"[^\n]*$'):
        acwgan_video("run", "--out", "a.mp4")
    assert acwgan_video("run", "--out", "a.gif") == 0
    assert {path.name for path in folder.iterdir()} == {"run", "a.gif"}


def _tear(folder):
    path = folder / "run/samples/step-00000450.png"
    path.write_bytes(path.read_bytes()[:45])


@pytest.mark.parametrize("out", ["a.gif", "a.mp4"])
def test_a_torn_picture_is_named_and_nothing_is_left(folder, out):
    if out == "a.mp4":
        needs_ffmpeg()
    _tear(folder)
    with pytest.raises(UserError, match=r"^run/samples/step-00000450\.png: is not a PNG picture"):
        acwgan_video("run", "--out", out)
    assert [path.name for path in folder.iterdir()] == ["run"]


@pytest.mark.parametrize("out", ["a.gif", "a.mp4"])
def test_ctrl_c_leaves_nothing(folder, out, monkeypatch, capsys):
    if out == "a.mp4":
        needs_ffmpeg()

    def interrupted(self, done):
        raise KeyboardInterrupt

    monkeypatch.setattr("acwgan.cli.progress_bar.CountLine.show", interrupted)
    assert acwgan_video("run", "--out", out) == 130
    assert [path.name for path in folder.iterdir()] == ["run"]
    assert capsys.readouterr().err == "Stopped; nothing was written.\n"


@pytest.mark.parametrize(
    "words, fault",
    [
        (["none"], "none: is not a run folder"),
        (["empty"], "empty: has no pictures of samples yet (samples/step-*.png)"),
        (["run", "--out", "a.avi"], "--out must end in .gif or .mp4, got 'a.avi'"),
        (["run", "./run"], "run: appears twice"),
        (
            ["run", "--steps-per-second", "0"],
            "--steps-per-second must be above 0, got 0",
        ),
        (
            ["run", "--steps-per-second", "nan"],
            "--steps-per-second must be above 0, got nan",
        ),
        (
            ["run", "--steps-per-second", "1e-320"],
            "--steps-per-second must be so large that no picture stays longer than 600 s, "
            "got 9.99989e-321",
        ),
        (
            ["run", "--scale", "0"],
            "--scale must be a whole number, 1 or more, got 0",
        ),
        (
            ["run", "--scale", "683"],
            "--scale must be at most 682 for these pictures, got 683",
        ),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(folder, words, fault, capsys):
    (folder / "empty/samples").mkdir(parents=True)
    before = set(folder.iterdir())
    line = fails(capsys, "video", *words)
    assert line in (f"acwgan: {fault}\n", f"acwgan video: {fault} (see acwgan video --help)\n")
    assert set(folder.iterdir()) == before


def test_the_options_import_nothing_heavy():
    code = "import sys, acwgan.cli.video; print({'numpy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
