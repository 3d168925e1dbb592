import io
import os
import re
import signal
import subprocess
from fractions import Fraction
from zlib import crc32

import numpy as np
import pytest
from PIL import Image
from videos import needs_ffmpeg, read_gif, read_mp4

from acwgan.errors import UserError
from acwgan.images import gif, mp4
from acwgan.images.png import save_png
from acwgan.plots import video
from acwgan.runs import sample_pictures


def noise(*shape):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def encoded(pictures, milliseconds):
    return io.BytesIO(gif.encode_gif(pictures, milliseconds))


def test_the_pictures_of_a_folder_come_by_step_and_nothing_else(tmp_path):
    for step in (100_000_050, 950, 1000, 50):
        save_png(tmp_path / f"step-{step:08d}.png", noise(2, 2))
    for name in ("step-50.png", "step-00000051.png.bak", ".partial-step-00000052.png", "grid.png"):
        (tmp_path / name).touch()
    found = sample_pictures.sample_pictures(tmp_path)
    assert [step for step, _ in found] == [50, 950, 1000, 100_000_050]
    assert found[1][1] == tmp_path / "step-00000950.png"
    assert [step for step, _ in sample_pictures.sample_pictures(tmp_path, until=999)] == [50, 950]
    assert sample_pictures.sample_pictures(tmp_path / "none") == []


@pytest.mark.parametrize("count", [2, 3, 299, 300, 301, 302, 599, 7777])
def test_thinned_keeps_both_ends_and_even_gaps(count):
    kept = sample_pictures.thinned(range(count))
    assert len(kept) == min(count, 300) and kept[0] == 0 and kept[-1] == count - 1
    gaps = np.diff(kept)
    assert gaps.min() >= 1 and gaps.max() - gaps.min() <= 1


def test_a_gif_has_exact_greys_its_own_durations_and_runs_for_ever():
    pictures = noise(4, 9, 13)
    frames, durations, loop = read_gif(encoded(iter(pictures), [80, 20, 120, 2000]))
    assert np.array_equal(frames, pictures[..., None].repeat(3, axis=-1))
    assert durations == [80, 20, 120, 2000] and loop == 0


def test_few_levels_are_even_and_keep_black_and_white():
    assert len(set(gif.LEVELS)) == 32 and (gif.LEVELS[0], gif.LEVELS[255]) == (0, 255)
    assert np.abs(gif.LEVELS - np.arange(256)).max() <= 8


def test_a_gif_in_colour():
    pictures = noise(3, 8, 8, 3)
    assert np.array_equal(read_gif(encoded(pictures, 80))[0], pictures)


@pytest.mark.parametrize("milliseconds", [33, [33] * 100])
def test_durations_of_a_gif_do_not_drift(milliseconds):
    _, durations, _ = read_gif(encoded(noise(100, 2, 2), milliseconds))
    assert sum(durations) == 3300 and set(durations) == {30, 40}


def test_the_clock_is_the_step_and_nothing_drifts():
    steps = range(7, 3007, 7)
    times, now = {}, 0
    for step, ticks in video.timeline(steps, steps_per_second=111, rate=100):
        times[step] = Fraction(now, 100)
        now += ticks
    assert list(times) == list(steps)
    assert all(abs(at - Fraction(step - 7, 111)) <= Fraction(1, 200) for step, at in times.items())
    assert now == round((steps[-1] - 7) / 111 * 100) + 200


def test_steps_too_near_are_left_out_but_not_the_last():
    shown = video.timeline(range(0, 1001, 10), steps_per_second=1000, rate=100, shortest=2)
    assert [step for step, _ in shown] == list(range(0, 1001, 20))
    shown = video.timeline([0, 100, 101], steps_per_second=1000, rate=100, shortest=2)
    assert shown == [(0, 10), (101, 200)]
    assert video.timeline([40], steps_per_second=250, rate=25) == [(40, 50)]


def test_an_mp4_plays_in_browsers(tmp_path):
    needs_ffmpeg()
    # A quarter black, a dark, a bright and a white one; then in colour.
    grey = np.kron(np.array([[0, 60], [190, 255]], np.uint8), np.ones((16, 20), np.uint8))
    colours = np.zeros((32, 40, 3), np.uint8)
    colours[:16, :20], colours[:16, 20:], colours[16:] = (200, 30, 40), (20, 180, 60), (30, 50, 220)
    for frame in (grey, colours):
        mp4.write_mp4(tmp_path / "a:b.mp4", [frame] * 30, rate=25)
        frames, about = read_mp4(tmp_path / "a:b.mp4")
        for word in ("h264", "yuv420p(tv, bt709", "40x32", "25 fps"):
            assert word in about
        wanted = frame if frame.ndim == 3 else frame[..., None]
        assert len(frames) == 30
        assert np.abs(frames[-1] - wanted.astype(int))[8::16, 10::20].max() <= 4


def test_what_ffmpeg_cannot_do_is_said(tmp_path):
    needs_ffmpeg()
    with pytest.raises(OSError, match=r"ffmpeg: .*(No such file|opening output)"):
        mp4.write_mp4(tmp_path / "none" / "a.mp4", [noise(2, 2)] * 2, rate=25)


def test_an_interrupted_mp4_leaves_no_process(tmp_path, monkeypatch):
    needs_ffmpeg()
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *words, **options):
            super().__init__(*words, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)

    def frames():
        yield noise(64, 64)
        yield noise(64, 64)
        # A Ctrl-C on the terminal does not reach it.
        assert os.getpgid(started[0].pid) != os.getpgrp()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mp4.write_mp4(tmp_path / "a.mp4", frames(), rate=25)
    assert [process.poll() for process in started] == [-signal.SIGKILL]


def test_sizes_are_read_from_headers_alone(tmp_path):
    paths = [tmp_path / name for name in ("a.png", "b.png")]
    save_png(paths[0], noise(20, 30))
    save_png(paths[1], noise(20, 30, 3))
    assert sample_pictures.check_sizes(paths[:1]) == ((30, 20), True)
    paths[1].write_bytes(paths[1].read_bytes()[:300])
    assert sample_pictures.check_sizes(paths) == ((30, 20), False)
    with pytest.raises(
        UserError, match=r"b\.png: is not a PNG picture that can be read; replace or remove it\.$"
    ):
        sample_pictures.read_picture(paths[1])
    assert np.array_equal(np.asarray(sample_pictures.read_picture(paths[0])), noise(20, 30))


def bomb(path):
    """A header of 60,000 x 60,000 pixels: 3.6 gigabytes."""
    save_png(path, noise(2, 2))
    whole = path.read_bytes()
    head = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + whole[24:29]
    path.write_bytes(whole[:12] + head + crc32(head).to_bytes(4, "big") + whole[33:])


@pytest.mark.parametrize(
    "make, fault",
    [
        (bomb, "is not a PNG picture that can be read"),
        (lambda path: save_png(path, noise(65_536, 1)), "is 1x65536; at most 65535x65535 is"),
        (lambda path: save_png(path, noise(2, 2, 4)), "has pixels of the mode RGBA"),
        (lambda path: path.write_bytes(b""), "is not a PNG picture that can be read"),
        (lambda path: path.write_text("GIF89a"), "is not a PNG picture that can be read"),
        (lambda path: Image.new("L", (2, 2)).save(path, "JPEG"), "is not a PNG picture"),
    ],
)
def test_a_bad_picture_is_named(tmp_path, make, fault):
    save_png(tmp_path / "a.png", noise(2, 2))
    make(tmp_path / "b.png")
    with pytest.raises(UserError) as caught:
        sample_pictures.check_sizes([tmp_path / "a.png", tmp_path / "b.png"])
    assert re.match(rf"{re.escape(str(tmp_path))}/b\.png: {fault}", str(caught.value))
    assert "\n" not in str(caught.value)


def test_a_step_of_hundreds_of_digits_and_what_is_no_file_do_not_count(tmp_path):
    save_png(tmp_path / "step-00000050.png", np.zeros((28, 28), np.uint8))
    save_png(tmp_path / f"step-{'9' * 200}.png", np.zeros((28, 28), np.uint8))
    save_png(tmp_path / "step-٠٠٠٠٠١٠٠.png", np.zeros((28, 28), np.uint8))
    (tmp_path / "step-00000060.png").mkdir()
    os.mkfifo(tmp_path / "step-00000070.png")
    save_png(tmp_path / "step-123456789.png", np.zeros((28, 28), np.uint8))
    assert [step for step, _ in sample_pictures.sample_pictures(tmp_path)] == [50, 123_456_789]


def test_pictures_of_an_earlier_layout_are_fitted_into_the_size_of_the_last(tmp_path):
    paths = [tmp_path / name for name in ("tall.png", "small.png", "last.png")]
    save_png(paths[0], np.full((4160, 80), 200, np.uint8))
    save_png(paths[1], np.full((4, 4, 3), 200, np.uint8))
    save_png(paths[2], noise(40, 60))
    size, grey = sample_pictures.check_sizes(paths)
    assert (size, grey) == ((60, 40), False)
    tall, small, last = (np.asarray(sample_pictures.read_picture(p, size)) for p in paths)
    assert tall.shape == (40, 60) and small.shape == (40, 60, 3)
    assert (tall[:, 29] == 200).all() and not tall[:, :29].any() and not tall[:, 30:].any()
    assert (small[18:22, 28:32] == 200).all() and small.sum() == 200 * 48
    assert np.array_equal(last, noise(40, 60))
