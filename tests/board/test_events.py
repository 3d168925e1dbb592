import io
import itertools
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageSequence
from run_files import quality, read_events, read_rows, steps

from acwgan.board.events import RunLog
from acwgan.board.video import video_due
from acwgan.errors import UserNotice
from acwgan.runs.tables import read_csv
from acwgan.runs.tags import DESCRIPTIONS
from acwgan.training.build import build_model


def shown(folder, tag):
    """The pictures of a tag, as arrays."""
    events = read_events(folder).Tensors(tag)
    return [tf.io.decode_png(tf.make_ndarray(event.tensor_proto)[2]).numpy() for event in events]


def video_frames(encoded):
    """The pictures of an animated GIF."""
    with Image.open(io.BytesIO(encoded)) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


@pytest.fixture
def log(tmp_path):
    log = RunLog(tmp_path, {})
    yield log
    log.close()


def write(log, step):
    log.scalars(step, {"loss/critic": -step / 3, "score/real": 2.5}, speed=1.5)
    log.samples(step, np.full((20, 4, 4, 1), step, np.uint8), columns=10)


def test_scalars_are_the_same_in_tensorboard_and_in_the_table(log, tmp_path):
    for step in (2, 4):
        write(log, step)
    log.close()
    rows = read_rows(tmp_path)
    assert [int(row["generator_step"]) for row in rows] == [2, 4]
    events = read_events(tmp_path)
    for tag in ("loss/critic", "score/real"):
        values = [float(tf.make_ndarray(event.tensor_proto)) for event in events.Tensors(tag)]
        assert values == pytest.approx([float(row[tag]) for row in rows])
    assert steps(tmp_path, "speed/generator_steps_per_second") == [2, 4]
    assert "speed/generator_steps_per_second" not in rows[0]


def test_the_grid_has_one_tag_and_a_slider_step_each_time(log, tmp_path):
    for step in (2, 4, 6):
        write(log, step)
    log.close()
    events = read_events(tmp_path)
    images = [tag for tag in events.Tags()["tensors"] if tag.startswith("samples")]
    assert images == ["samples/grid"]
    assert steps(tmp_path, "samples/grid") == [2, 4, 6]
    width, height, png = tf.make_ndarray(events.Tensors("samples/grid")[0].tensor_proto)
    assert (width, height) == (b"560", b"112") and tf.io.decode_png(png)[0, 0, 0] == 2
    with Image.open(tmp_path / "samples" / "step-00000004.png") as picture:
        assert picture.size == (40, 8)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_enlarged_and_has_names_and_the_file_has_not(log, tmp_path, channels):
    images = np.arange(20 * 4 * 4 * channels).reshape(20, 4, 4, channels).astype(np.uint8)
    log.samples(5, images, columns=10, row_names=["cat", "dog"])
    log.picture("samples/walk", 5, images, columns=10)
    log.close()
    grid, walk = (shown(tmp_path, tag)[0] for tag in ("samples/grid", "samples/walk"))
    assert walk.shape == (112, 560, channels)
    assert grid.shape[1] > 560 and (grid[:, -560:] == walk).all()
    assert (walk[::14, ::14][:4, 4:8] == images[1]).all()
    with Image.open(tmp_path / "samples" / "step-00000005.png") as picture:
        assert (np.asarray(picture).reshape(8, 40, channels) == walk[::14, ::14]).all()


@pytest.mark.parametrize("channels", [1, 3], ids=["grey", "colour"])
def test_a_video_has_a_frame_for_each_picture_up_to_its_step(log, tmp_path, channels):
    levels = [0, 60, 130, 200, 255, 90]
    for number, level in enumerate(levels):
        log.samples(2 * number, np.full((10, 4, 4, channels), level, np.uint8), columns=10)
    log.video(8)
    log.close()
    (event,) = read_events(tmp_path).Tensors("samples/video")
    width, height, encoded = tf.make_ndarray(event.tensor_proto)
    assert (event.step, width, height) == (8, b"40", b"4")
    frames = video_frames(encoded)
    assert len(frames) == 5
    for frame, level in zip(frames, levels, strict=False):  # 32 levels, black and white exact.
        assert abs(int(frame.max()) - level) <= (8 if 0 < level < 255 else 0)


def test_a_video_has_at_most_300_pictures(log, tmp_path):
    for step in range(1, 302):
        log.samples(step, np.full((10, 4, 4, 1), step % 256, np.uint8), columns=10)
    log.video(301)
    log.close()
    (event,) = read_events(tmp_path).Tensors("samples/video")
    assert len(video_frames(tf.make_ndarray(event.tensor_proto)[2])) == 300


def test_a_foreign_picture_stops_the_video_which_is_said_once_and_not_the_training(log, tmp_path):
    log.video(1)  # Nothing yet.
    log.samples(1, np.zeros((10, 4, 4, 1), np.uint8), columns=10)
    (tmp_path / "samples" / "step-00000002.png").write_bytes(b"no picture")
    with pytest.warns(UserNotice, match=r"no video: .*step-00000002\.png: is not a PNG") as said:
        log.video(2)
        log.video(3)
    log.close()
    assert len(said) == 1
    assert "samples/video" not in read_events(tmp_path).Tags()["tensors"]


def test_a_resumed_run_of_an_earlier_layout_has_a_video_of_all_its_pictures(log, tmp_path):
    log.samples(1, np.full((300, 8, 8, 1), 255, np.uint8), columns=1)
    log.samples(2, np.full((300, 8, 8, 1), 255, np.uint8), columns=10, blocks=3)
    log.video(2)
    log.close()
    (event,) = read_events(tmp_path).Tensors("samples/video")
    width, height, encoded = tf.make_ndarray(event.tensor_proto)
    assert (width, height) == (b"240", b"80")
    first, second = video_frames(encoded)
    assert first.any() and second.min() == 255


def test_the_frames_of_large_pictures_are_shrunk(log, tmp_path):
    for step in range(1, 70):
        log.samples(step, np.full((4, 512, 512, 3), step, np.uint8), columns=2)
    log.video(69)
    log.close()
    (event,) = read_events(tmp_path).Tensors("samples/video")
    width, height, encoded = tf.make_ndarray(event.tensor_proto)
    assert (width, height) == (b"512", b"512") and len(video_frames(encoded)) == 69


HOSTILE = ["a, b", "$x^2$", "100%", "a_b", "R&D", "<b>", "\"q'", "a/b", "猫", "|", "*x*"]


def test_the_quality_of_classes_with_any_names_comes_back_from_the_table(log, tmp_path):
    figures = {f"quality/class_accuracy/{name}": k / 16 for k, name in enumerate(HOSTILE)}
    for step in (2, 4):
        log.quality(step, figures)
    log.close()
    table = read_csv(tmp_path / "quality.csv")
    assert list(table) == ["generator_step", *figures]
    assert [values.tolist() for values in table.values()][1:] == [[k / 16] * 2 for k in range(11)]
    events = read_events(tmp_path)
    assert {tag for tag in events.Tags()["tensors"]} == {*figures}
    about = events.SummaryMetadata("quality/class_accuracy/a/b").summary_description
    assert about.startswith("For the class a&#47;b alone. Share of the samples")


def test_of_many_classes_tensorboard_gets_the_worst_and_the_table_has_all(log, tmp_path):
    names = [*HOSTILE, *map(str, range(509))]
    figures = {"quality/class_accuracy": 0.5}
    figures |= {f"quality/class_accuracy/{name}": k / 1000 for k, name in enumerate(names)}
    log.quality(2, figures)
    log.close()
    assert len(read_csv(tmp_path / "quality.csv")) == 522
    events = read_events(tmp_path)
    assert {*events.Tags()["tensors"]} == {"quality/class_accuracy", "worst_classes"}
    text = tf.make_ndarray(events.Tensors("worst_classes")[0].tensor_proto).item().decode()
    lines = text.splitlines()
    assert len(lines) == 22 and lines[2] == "| a&#44; b | 0.0% |" and lines[10] == "| 猫 | 0.8% |"
    assert lines[11] == "| &#124; | 0.9% |" and lines[-1] == "| 8 | 1.9% |"


def test_all_videos_together_have_three_times_the_frames_of_the_last():
    due = [pictures for pictures in range(100_000) if video_due(pictures)]
    assert due[:6] == [2, 3, 5, 8, 12, 18]
    assert all(sum(due[: n + 1]) <= 3 * due[n] for n in range(len(due)))
    assert all(later <= 1.5 * sooner + 1 for sooner, later in itertools.pairwise(due))


def test_a_histogram_counts_every_weight(log, tmp_path):
    weights = np.concatenate([np.full(700, -0.01), np.linspace(-0.01, 0.01, 601)[1:]])
    log.histogram(3, "weights/critic", weights.astype(np.float32))
    log.histogram(6, "weights/critic", np.array([np.nan, np.inf, 0.5]))
    log.close()
    first, second = read_events(tmp_path).Tensors("weights/critic")
    bars = tf.make_ndarray(first.tensor_proto)
    assert first.step == 3 and bars.shape == (30, 3)
    assert bars[0, 0] == pytest.approx(-0.01) and bars[-1, 1] == pytest.approx(0.01)
    assert bars[0, 2] > 700 and bars[:, 2].sum() == 1300
    assert tf.make_ndarray(second.tensor_proto)[:, 2].sum() == 1


def test_every_tag_of_a_run_says_what_it_is(log, tmp_path):
    """Once: TensorBoard reads the first description of a tag, and the bytes count."""
    for step in (2, 4):
        write(log, step)
        log.quality(step, {"quality/class_accuracy/ankle-boot": 0.5, "mine/own": 1.0})
    log.close()
    events = read_events(tmp_path)
    described = {
        tag: events.SummaryMetadata(tag).summary_description for tag in events.Tags()["tensors"]
    }
    assert described.pop("mine/own") == ""
    of_class = described.pop("quality/class_accuracy/ankle-boot")
    assert "class ankle-boot alone" in of_class and "0 to 1" in of_class
    assert described == {tag: DESCRIPTIONS[tag] for tag in described} and len(described) == 4
    written = b"".join(path.read_bytes() for path in tmp_path.glob("events*"))
    assert written.count(DESCRIPTIONS["loss/critic"].encode()) == 1


def test_every_tag_of_the_model_has_a_description(tiny_config):
    model = build_model(replace(tiny_config, gp_weight=10.0))
    assert {*model.critic_metrics, *model.generator_metrics} <= DESCRIPTIONS.keys()


def test_what_was_written_after_the_checkpoint_is_cut_off(tmp_path):
    log = RunLog(tmp_path, {})
    write(log, 2)
    sizes = log.sizes()
    write(log, 4)  # Lost: the process was killed before the next checkpoint.
    log.close()
    again = RunLog(tmp_path, sizes)
    write(again, 4)
    sizes = again.sizes()
    write(again, 6)
    again.close()
    RunLog(tmp_path, sizes).close()
    assert steps(tmp_path, "loss/critic") == steps(tmp_path, "samples/grid") == [2, 4]
    rows = (tmp_path / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["generator_step", "2", "4"]


def test_a_run_without_a_checkpoint_begins_with_empty_logs(tmp_path):
    log = RunLog(tmp_path, {})
    write(log, 2)
    log.close()
    RunLog(tmp_path, {}).close()
    assert not (tmp_path / "metrics.csv").exists()
    assert "loss/critic" not in read_events(tmp_path).Tags()["tensors"]


def test_quality_has_a_table_of_its_own_and_the_same_figures_in_tensorboard(log, tmp_path):
    for step in (100, 200):
        log.quality(step, {"quality/class_accuracy": step / 300})
    assert [row["generator_step"] for row in quality(tmp_path)] == ["100", "200"]
    log.sizes()
    events = read_events(tmp_path).Tensors("quality/class_accuracy")
    in_tensorboard = [float(tf.make_ndarray(event.tensor_proto)) for event in events]
    in_table = [float(row["quality/class_accuracy"]) for row in quality(tmp_path)]
    assert in_table == pytest.approx(in_tensorboard)
    assert in_table == pytest.approx([1 / 3, 2 / 3])


def test_a_foreign_table_is_left_alone(tmp_path):
    (tmp_path / "scores.csv").write_text("mine")
    log = RunLog(tmp_path, {})
    assert "scores.csv" not in log.sizes()
    log.close()
    assert (tmp_path / "scores.csv").read_text() == "mine"
